//! Options for parsing headers.

/// Selects which headers are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Accepts what the format description and every rule of `safetensors`
    /// 0.8.0 permit, unless it is ambiguous: rejects duplicate tensor names and
    /// metadata keys, unknown fields, a tensor or dtype in a JSON form other
    /// than the documented one, `__metadata__` that is not a map, a first byte
    /// other than `{`, and padding other than spaces.
    #[default]
    Strict,
    /// Accepts what the crate `safetensors` 0.8.0 accepts, and additionally
    /// numbers and booleans in `__metadata__`, which some writers produce (see
    /// [`Options::scalar_metadata`]). Of two tensors with the same name, the
    /// last one counts, as in that crate.
    Compatible,
}

/// Options for parsing a header: the mode, the length limit, and the handling
/// of unknown dtypes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(crate) mode: Mode,
    pub(crate) max_header_len: u64,
    pub(crate) keep_unknown_dtypes: bool,
    pub(crate) scalar_metadata: bool,
}

impl Options {
    /// The default limit on the length of a header in bytes, which is that of
    /// `safetensors` 0.8.0.
    pub const MAX_HEADER_LEN: u64 = 100_000_000;

    /// The highest limit that can be set, because positions in a header have 31
    /// bits.
    pub const HIGHEST_MAX_HEADER_LEN: u64 = (1 << 31) - 1;

    /// Returns strict options: a limit of 100 MB, unknown dtypes rejected. This
    /// is also the `Default`.
    pub const fn strict() -> Self {
        Options {
            mode: Mode::Strict,
            max_header_len: Self::MAX_HEADER_LEN,
            keep_unknown_dtypes: false,
            scalar_metadata: false,
        }
    }

    /// Returns options that accept what `safetensors` 0.8.0 accepts (a limit of
    /// 100 MB, unknown dtypes rejected), and numbers and booleans in
    /// `__metadata__`.
    pub const fn compatible() -> Self {
        Options {
            mode: Mode::Compatible,
            scalar_metadata: true,
            ..Self::strict()
        }
    }

    /// Returns options for reading metadata: compatible, and unknown dtypes are
    /// kept by name (their tensors can be listed but not accessed).
    pub const fn metadata() -> Self {
        Options {
            keep_unknown_dtypes: true,
            ..Self::compatible()
        }
    }

    /// Sets the limit on the length of a header in bytes, at most
    /// [`HIGHEST_MAX_HEADER_LEN`](Self::HIGHEST_MAX_HEADER_LEN).
    pub const fn max_header_len(mut self, bytes: u64) -> Self {
        self.max_header_len = if bytes < Self::HIGHEST_MAX_HEADER_LEN {
            bytes
        } else {
            Self::HIGHEST_MAX_HEADER_LEN
        };
        self
    }

    /// Sets whether dtypes that this crate does not know are kept by name. The
    /// size of such a tensor cannot be checked against its shape.
    pub const fn keep_unknown_dtypes(mut self, keep: bool) -> Self {
        self.keep_unknown_dtypes = keep;
        self
    }

    /// Sets whether numbers and booleans in `__metadata__` are accepted and
    /// read as their text. Otherwise every value must be a string, as the
    /// format and `safetensors` 0.8.0 require.
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

    /// Returns the mode.
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
