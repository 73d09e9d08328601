//! Parses the JSON of a header into its layout, in one pass.

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{Field, Fields};
use super::layout::{Entry, Layout, OTHER_DTYPES};
use super::scan::{Scanner, Text};
use crate::error::{Error, Result};
use crate::rule::Rule;
use crate::{Dtype, Options};

/// The key of the free-form metadata.
pub(crate) const METADATA: &str = "__metadata__";

/// The length in bytes of the shortest tensor in a header, and of the shortest
/// metadata entry and dimension. The remaining length of the header therefore
/// limits how many more there can be.
const SHORTEST_TENSOR: usize = r#""":["U8",[],[0,0]],"#.len();
const SHORTEST_PAIR: usize = r#""":"","#.len();
const SHORTEST_DIM: usize = "0,".len();

pub(super) struct Parser<'h> {
    pub(super) scan: Scanner<'h>,
    options: Options,
    entries: Vec<Entry>,
    pub(super) dims: Vec<usize>,
    metadata: Option<Vec<(Text, Text)>>,
    metadata_seen: bool,
    other_dtypes: Vec<Text>,
}

pub(super) fn parse(json: &str, options: Options) -> Result<Layout> {
    let mut parser = Parser {
        scan: Scanner::new(json),
        options,
        entries: Vec::new(),
        dims: Vec::new(),
        metadata: None,
        metadata_seen: false,
        other_dtypes: Vec::new(),
    };
    parser.header()?;
    let mut layout = Layout::new(
        parser.entries,
        parser.dims,
        parser.metadata,
        parser.scan.unescaped,
        parser.other_dtypes,
    );
    layout.index(json, options)?;
    Ok(layout)
}

impl Parser<'_> {
    fn header(&mut self) -> Result<()> {
        let strict = self.options.is_strict();
        if strict && matches!(self.scan.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            return Err(self.scan.error(Rule::LeadingWhitespace));
        }
        self.scan.space();
        if !self.scan.eat(b'{') {
            return Err(self.scan.expected("`{`"));
        }
        self.scan.space();
        if !self.scan.eat(b'}') {
            loop {
                self.member()?;
                if !self.scan.more(b'}')? {
                    break;
                }
            }
        }
        let padding = self.scan.rest();
        for (i, &byte) in padding.iter().enumerate() {
            let allowed = match byte {
                b' ' => true,
                b'\n' | b'\t' | b'\r' => !strict,
                _ => false,
            };
            if !allowed {
                self.scan.at += i;
                return Err(self.scan.error(Rule::Padding { byte }));
            }
        }
        Ok(())
    }

    #[inline]
    fn member(&mut self) -> Result<()> {
        let start = self.scan.at;
        let key = self.scan.key()?;
        if self.scan.text(key) == METADATA {
            if self.metadata_seen {
                self.scan.at = start;
                return Err(self.scan.error(Rule::DuplicateMetadata));
            }
            self.metadata_seen = true;
            self.metadata = self.metadata()?;
            return Ok(());
        }
        let entry = match self.canonical_tensor(key) {
            Some(entry) => entry,
            None => self
                .tensor(key)
                .map_err(|error| error.of(self.scan.text(key)))?,
        };
        reserve(&mut self.entries, self.scan.remaining() / SHORTEST_TENSOR);
        self.entries.push(entry);
        Ok(())
    }

    fn metadata(&mut self) -> Result<Option<Vec<(Text, Text)>>> {
        let mut pairs = Vec::new();
        if !self.options.is_strict() && self.scan.eat_all(b"null") {
            return Ok(None);
        }
        if !self.scan.eat(b'{') {
            return Err(self.scan.error(Rule::MetadataNotStrings));
        }
        self.scan.space();
        if self.scan.eat(b'}') {
            return Ok(Some(pairs));
        }
        loop {
            let key = self.scan.key()?;
            let value = if self.scan.eat(b'"') {
                self.scan.string()?
            } else if let Some(scalar) = self.metadata_scalar()? {
                scalar
            } else {
                return Err(self.scan.error(Rule::MetadataNotStrings));
            };
            reserve(&mut pairs, self.scan.remaining() / SHORTEST_PAIR);
            pairs.push((key, value));
            if !self.scan.more(b'}')? {
                return Ok(Some(pairs));
            }
        }
    }

    /// Reads a number or boolean in place of a string, if these are accepted.
    fn metadata_scalar(&mut self) -> Result<Option<Text>> {
        if self.options.scalar_metadata {
            self.scan.scalar()
        } else {
            Ok(None)
        }
    }

    fn tensor(&mut self, name: Text) -> Result<Entry> {
        let start = self.scan.at;
        let first_dim = self.dims.len();
        let fields = match self.scan.peek() {
            Some(b'{') => self.object()?,
            Some(b'[') if !self.options.is_strict() => self.array()?,
            _ => return Err(self.scan.error(Rule::NotATensor)),
        };
        let missing =
            |field| Error::new(Rule::MissingField { field }).at(start as u64 + super::PREFIX_LEN);
        let dtype = fields.dtype.ok_or_else(|| missing("dtype"))?;
        let rank = fields.shape.ok_or_else(|| missing("shape"))?;
        let offsets = fields.offsets.ok_or_else(|| missing("data_offsets"))?;
        let shape = (first_dim, first_dim + rank);
        Ok(Entry::new(
            name,
            dtype,
            shape,
            offsets,
            self.scan.text(name),
        ))
    }

    fn object(&mut self) -> Result<Fields> {
        let mut fields = Fields::default();
        self.scan.at += 1;
        self.scan.space();
        if self.scan.eat(b'}') {
            return Ok(fields);
        }
        loop {
            let start = self.scan.at;
            let kept = self.scan.unescaped.len();
            let key = self.scan.key()?;
            let field = Field::of(self.scan.text(key));
            let twice = match field {
                Some(Field::Dtype) => fields.dtype.is_some(),
                Some(Field::Shape) => fields.shape.is_some(),
                Some(Field::Offsets) => fields.offsets.is_some(),
                None => false,
            };
            if let (true, Some(field)) = (twice, field) {
                self.scan.at = start;
                let field = field.as_str();
                return Err(self.scan.error(Rule::DuplicateField { field }));
            }
            match field {
                Some(Field::Dtype) => fields.dtype = Some(self.dtype()?),
                Some(Field::Shape) => fields.shape = Some(self.shape()?),
                Some(Field::Offsets) => fields.offsets = Some(self.offsets()?),
                None if self.options.is_strict() => {
                    let field = self.scan.text(key).into();
                    self.scan.at = start;
                    return Err(self.scan.error(Rule::UnknownField { field }));
                }
                None => {
                    self.scan.unescaped.truncate(kept);
                    self.scan.skip_value(2)?;
                }
            }
            if !self.scan.more(b'}')? {
                return Ok(fields);
            }
        }
    }

    /// Reads the three fields from an array, which serde permits.
    fn array(&mut self) -> Result<Fields> {
        self.scan.at += 1;
        self.scan.space();
        let dtype = self.dtype()?;
        self.next_of_three()?;
        let shape = self.shape()?;
        self.next_of_three()?;
        let offsets = self.offsets()?;
        if self.scan.more(b']')? {
            return Err(self.scan.error(Rule::NotATensor));
        }
        Ok(Fields {
            dtype: Some(dtype),
            shape: Some(shape),
            offsets: Some(offsets),
        })
    }

    fn next_of_three(&mut self) -> Result<()> {
        if self.scan.more(b']')? {
            Ok(())
        } else {
            Err(self.scan.error(Rule::NotATensor))
        }
    }

    /// Reads the name of a dtype; in compatible mode also `{"F32": null}`,
    /// which serde permits for a variant without values.
    fn dtype(&mut self) -> Result<u32> {
        let start = self.scan.at;
        let object = !self.options.is_strict() && self.scan.eat(b'{');
        let name = if object {
            self.scan.space();
            let name = self.scan.key()?;
            if !self.scan.eat_all(b"null") || self.scan.more(b'}')? {
                return Err(self.unknown_dtype(start, "an object"));
            }
            name
        } else if self.scan.eat(b'"') {
            self.scan.string()?
        } else {
            return Err(self.unknown_dtype(start, "no string"));
        };
        if let Some(dtype) = Dtype::from_name(self.scan.text(name)) {
            return Ok(dtype.code());
        }
        if self.options.keep_unknown_dtypes && !object {
            // There are fewer than 2^31, because of the maximum length of a
            // header.
            let number = u32::try_from(self.other_dtypes.len()).unwrap_or(u32::MAX);
            self.other_dtypes.push(name);
            return Ok(OTHER_DTYPES.saturating_add(number));
        }
        let found = alloc::format!("{:?}", self.scan.text(name));
        Err(self.unknown_dtype(start, &found))
    }

    #[cold]
    fn unknown_dtype(&mut self, at: usize, found: &str) -> Error {
        self.scan.at = at;
        self.scan.error(Rule::UnknownDtype {
            found: String::from(found),
        })
    }

    /// Appends the dimensions, and returns their number.
    fn shape(&mut self) -> Result<usize> {
        const FIELD: &str = "shape";
        let first = self.dims.len();
        if !self.scan.eat(b'[') {
            return Err(self.scan.error(Rule::NotAnInteger { field: FIELD }));
        }
        self.scan.space();
        if self.scan.eat(b']') {
            return Ok(0);
        }
        loop {
            let start = self.scan.at;
            let Ok(dim) = usize::try_from(self.integer(FIELD)?) else {
                self.scan.at = start;
                return Err(self.scan.error(Rule::NotAnInteger { field: FIELD }));
            };
            self.push_dim(dim);
            if !self.scan.more(b']')? {
                return Ok(self.dims.len() - first);
            }
        }
    }

    fn offsets(&mut self) -> Result<(u64, u64)> {
        const FIELD: &str = "data_offsets";
        if !self.scan.eat(b'[') {
            return Err(self.scan.error(Rule::NotAnInteger { field: FIELD }));
        }
        self.scan.space();
        if self.scan.peek() == Some(b']') {
            return Err(self.scan.error(Rule::OffsetCount));
        }
        let begin = self.integer(FIELD)?;
        if !self.scan.more(b']')? {
            return Err(self.scan.error(Rule::OffsetCount));
        }
        let end = self.integer(FIELD)?;
        if self.scan.more(b']')? {
            return Err(self.scan.error(Rule::OffsetCount));
        }
        Ok((begin, end))
    }

    fn integer(&mut self, field: &'static str) -> Result<u64> {
        let start = self.scan.at;
        match self.scan.integer() {
            Some(value) if !matches!(self.scan.peek(), Some(b'.' | b'e' | b'E')) => Ok(value),
            _ => {
                self.scan.at = start;
                Err(self.scan.error(Rule::NotAnInteger { field }))
            }
        }
    }

    #[inline]
    pub(super) fn push_dim(&mut self, dim: usize) {
        reserve(&mut self.dims, self.scan.remaining() / SHORTEST_DIM);
        self.dims.push(dim);
    }
}

/// Reserves room for one more item. Doubles the capacity, but never beyond the
/// number of items that can still follow.
#[inline]
fn reserve<T>(list: &mut Vec<T>, at_most: usize) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len().max(16).min(at_most + 1));
    }
}
