//! How a header is read.

/// Which headers are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The format description and every rule of `safetensors` 0.8.0, and
    /// besides nothing ambiguous: no duplicate tensor names or metadata keys,
    /// no unknown fields, no tensor or dtype in another JSON form than the
    /// documented one, `__metadata__` only as a map, `{` as the first byte,
    /// only spaces as padding.
    #[default]
    Strict,
    /// What the crate `safetensors` 0.8.0 accepts, and numbers and booleans
    /// in `__metadata__` besides, which some writers leave there (see
    /// [`Options::scalar_metadata`]). Of two tensors of one name the last
    /// counts, as there.
    Compatible,
}

/// How a header is read: mode, limit, unknown dtypes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(crate) mode: Mode,
    pub(crate) max_header_len: u64,
    pub(crate) keep_unknown_dtypes: bool,
    pub(crate) scalar_metadata: bool,
}

impl Options {
    /// Limit of the header's length unless another is set, bytes: that of
    /// `safetensors` 0.8.0.
    pub const MAX_HEADER_LEN: u64 = 100_000_000;

    /// The highest limit that can be set: positions in a header are 31 bits.
    pub const HIGHEST_MAX_HEADER_LEN: u64 = (1 << 31) - 1;

    /// Strict, 100 MB, unknown dtypes refused. Also the `Default`.
    pub const fn strict() -> Self {
        Options {
            mode: Mode::Strict,
            max_header_len: Self::MAX_HEADER_LEN,
            keep_unknown_dtypes: false,
            scalar_metadata: false,
        }
    }

    /// What `safetensors` 0.8.0 accepts: 100 MB, unknown dtypes refused;
    /// besides, numbers and booleans in `__metadata__`.
    pub const fn compatible() -> Self {
        Options {
            mode: Mode::Compatible,
            scalar_metadata: true,
            ..Self::strict()
        }
    }

    /// For reading metadata: compatible, and dtypes of the future are kept by
    /// name (their tensors can be listed, not accessed).
    pub const fn metadata() -> Self {
        Options {
            keep_unknown_dtypes: true,
            ..Self::compatible()
        }
    }

    /// Sets the limit of the header's length in bytes, at most
    /// [`HIGHEST_MAX_HEADER_LEN`](Self::HIGHEST_MAX_HEADER_LEN).
    pub const fn max_header_len(mut self, bytes: u64) -> Self {
        self.max_header_len = if bytes < Self::HIGHEST_MAX_HEADER_LEN {
            bytes
        } else {
            Self::HIGHEST_MAX_HEADER_LEN
        };
        self
    }

    /// Whether a dtype that this crate does not know is kept by name. The size
    /// of such a tensor cannot be checked against its shape.
    pub const fn keep_unknown_dtypes(mut self, keep: bool) -> Self {
        self.keep_unknown_dtypes = keep;
        self
    }

    /// Sets whether a number or boolean in `__metadata__` is read as its text,
    /// as it stands there. Otherwise every value must be a string, as the
    /// format says and `safetensors` 0.8.0 demands.
    ///
    /// ```
    /// use hf_safetensors::Options;
    ///
    /// let json = br#"{"__metadata__":{"step":1e3,"format":"pt"}}"#;
    /// let header = Options::compatible().parse_json(json)?;
    /// assert!(header.metadata().any(|pair| pair == ("step", "1e3")));
    /// assert!(Options::compatible().scalar_metadata(false).parse_json(json).is_err());
    /// # Ok::<(), hf_safetensors::Error>(())
    /// ```
    pub const fn scalar_metadata(mut self, accept: bool) -> Self {
        self.scalar_metadata = accept;
        self
    }

    /// The mode.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) const fn is_strict(&self) -> bool {
        matches!(self.mode, Mode::Strict)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::strict()
    }
}
