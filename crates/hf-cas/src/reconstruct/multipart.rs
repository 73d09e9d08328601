//! The bytes of a response that is one range of an object, several of them, or all of it.

use std::ops::Range;

use bytes::{Buf as _, Bytes};
use http::{HeaderMap, StatusCode, header};

use crate::{Format, FormatError};

/// The longest boundary line or header block of a part.
const MAX_HEAD: usize = 8 * 1024;

fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> FormatError {
    FormatError::new(Format::ByteRanges, message)
}

/// Reads the body of a response to a request for byte ranges: says where in the object the bytes belong.
///
/// The body may be the whole object (200), one range (206), or several (206 with `multipart/byteranges`). Lengths are taken
/// from the headers of each part, so a boundary inside the data does no harm; nothing but the head of a part is kept.
///
/// ```
/// use bytes::Bytes;
/// use hf_cas::reconstruct::RangeBody;
/// use http::{HeaderMap, StatusCode};
/// let mut headers = HeaderMap::new();
/// headers.insert("content-type", "multipart/byteranges; boundary=x".parse()?);
/// let mut body = RangeBody::new(StatusCode::PARTIAL_CONTENT, &headers)?;
/// let mut input = Bytes::from("--x\r\nContent-Range: bytes 3-5/9\r\n\r\nabc\r\n--x--\r\n");
/// assert_eq!(body.next(&mut input)?, Some((3, Bytes::from("abc"))));
/// assert_eq!(body.next(&mut input)?, None);
/// body.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RangeBody {
    /// In front of each boundary, for several ranges.
    boundary: Option<Vec<u8>>,
    state: State,
    /// The part of a line that has arrived.
    head: Vec<u8>,
    /// The range of the part whose headers are being read.
    part: Option<Range<u64>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Lines up to a boundary. Between parts, only an empty one is allowed.
    Boundary { first: bool },
    /// The headers of a part.
    Head,
    /// The bytes of a range; the end is not known of a whole object.
    Data { at: u64, end: Option<u64> },
    /// Behind the last boundary.
    End,
}

impl RangeBody {
    /// Looks at the head of a response.
    ///
    /// # Errors
    /// If it is none to a request for ranges.
    pub fn new(status: StatusCode, headers: &HeaderMap) -> Result<Self, FormatError> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if status == StatusCode::OK {
            return Ok(Self::of(None, State::Data { at: 0, end: None }));
        }
        if status != StatusCode::PARTIAL_CONTENT {
            return Err(wrong(format!("the status is {status}")));
        }
        let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
        if let Some(boundary) = boundary(content_type) {
            let boundary = [b"--", boundary.as_bytes()].concat();
            return Ok(Self::of(Some(boundary), State::Boundary { first: true }));
        }
        let range = text(header::CONTENT_RANGE)
            .and_then(content_range)
            .ok_or_else(|| wrong("it is a part of the object without a valid `Content-Range`"))?;
        let (at, end) = (range.start, Some(range.end));
        Ok(Self::of(None, State::Data { at, end }))
    }

    fn of(boundary: Option<Vec<u8>>, state: State) -> Self {
        Self {
            boundary,
            state,
            head: Vec::new(),
            part: None,
        }
    }

    /// Takes the next bytes of the object from `input`, and says where they belong. `None` means that `input` is used up.
    ///
    /// # Errors
    /// If the body does not follow the format.
    pub fn next(&mut self, input: &mut Bytes) -> Result<Option<(u64, Bytes)>, FormatError> {
        while !input.is_empty() {
            match self.state.clone() {
                State::Data { at, end } => {
                    let Some(end) = end else {
                        let bytes = input.split_off(0);
                        self.state = State::Data {
                            at: at + bytes.len() as u64,
                            end: None,
                        };
                        return Ok(Some((at, bytes)));
                    };
                    if at == end {
                        if self.boundary.is_none() {
                            return Err(wrong("it is longer than its `Content-Range` says"));
                        }
                        self.state = State::Boundary { first: false };
                        continue;
                    }
                    let here =
                        usize::try_from(end - at).map_or(input.len(), |n| n.min(input.len()));
                    let bytes = input.split_to(here);
                    let next = at + here as u64;
                    self.state = State::Data {
                        at: next,
                        end: Some(end),
                    };
                    return Ok(Some((at, bytes)));
                }
                State::Boundary { first } => {
                    if let Some(line) = self.line(input)? {
                        self.at_boundary(&line, first)?;
                    }
                }
                State::Head => {
                    if let Some(line) = self.line(input)? {
                        self.header(&line)?;
                    }
                }
                // An epilogue is allowed, and says nothing.
                State::End => input.clear(),
            }
        }
        Ok(None)
    }

    /// Says that no more bytes come: an error if the last range is not complete.
    ///
    /// # Errors
    /// If the body has ended too early.
    pub fn finish(&self) -> Result<(), FormatError> {
        match self.state {
            State::End | State::Data { end: None, .. } => Ok(()),
            State::Data { at, end } if self.boundary.is_none() && end == Some(at) => Ok(()),
            State::Data { at, end } => Err(wrong(format!(
                "it ends at byte {at} of a range that goes to {}",
                end.unwrap_or_default()
            ))),
            State::Boundary { .. } | State::Head => Err(wrong("it ends before its last boundary")),
        }
    }

    /// Takes bytes up to the end of a line.
    fn line(&mut self, input: &mut Bytes) -> Result<Option<Vec<u8>>, FormatError> {
        let end = input.iter().position(|&byte| byte == b'\n');
        let here = end.map_or(input.len(), |end| end + 1);
        if self.head.len() + here > MAX_HEAD {
            return Err(wrong(format!(
                "a line between its parts is longer than {MAX_HEAD} bytes"
            )));
        }
        self.head.extend_from_slice(&input[..here]);
        input.advance(here);
        if end.is_none() {
            return Ok(None);
        }
        let mut line = std::mem::take(&mut self.head);
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(line))
    }

    fn at_boundary(&mut self, line: &[u8], first: bool) -> Result<(), FormatError> {
        let boundary = self.boundary.as_deref().unwrap_or_default();
        match line.strip_prefix(boundary).map(<[u8]>::trim_ascii_end) {
            Some(b"") => {
                self.state = State::Head;
                self.part = None;
                Ok(())
            }
            Some(b"--") => {
                self.state = State::End;
                Ok(())
            }
            // The end of the line in front of the boundary; before the first one, a preamble.
            _ if line.is_empty() || first => Ok(()),
            _ => Err(wrong("a part is longer than its `Content-Range` says")),
        }
    }

    fn header(&mut self, line: &[u8]) -> Result<(), FormatError> {
        if line.is_empty() {
            let range = self
                .part
                .take()
                .ok_or_else(|| wrong("a part has no valid `Content-Range`"))?;
            self.state = State::Data {
                at: range.start,
                end: Some(range.end),
            };
            return Ok(());
        }
        let line = String::from_utf8_lossy(line);
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-range")
        {
            self.part = content_range(value);
        }
        Ok(())
    }
}

/// The boundary of a `multipart/byteranges`.
fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/byteranges") {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then_some(value)
    })
}

/// The range of `bytes 3-5/9`, end exclusive.
fn content_range(value: &str) -> Option<Range<u64>> {
    let value = value.trim();
    let unit = value.get(..6)?;
    if !unit.eq_ignore_ascii_case("bytes ") {
        return None;
    }
    let (range, _) = value[6..].split_once('/')?;
    let (first, last) = range.trim().split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..last.checked_add(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn several(content_type: &str) -> RangeBody {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        RangeBody::new(StatusCode::PARTIAL_CONTENT, &headers).unwrap()
    }

    /// Reads a body that comes in pieces of `size`, and joins bytes that follow each other.
    fn read(
        mut body: RangeBody,
        text: &[u8],
        size: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, FormatError> {
        let mut found: Vec<(u64, Vec<u8>)> = Vec::new();
        for piece in text.chunks(size) {
            let mut input = Bytes::copy_from_slice(piece);
            while let Some((at, bytes)) = body.next(&mut input)? {
                match found.last_mut() {
                    Some((start, there)) if *start + there.len() as u64 == at => {
                        there.extend_from_slice(&bytes);
                    }
                    _ => found.push((at, bytes.to_vec())),
                }
            }
            assert!(input.is_empty());
        }
        body.finish()?;
        Ok(found)
    }

    const BODY: &[u8] = b"preamble\r\n--B\r\nContent-Type: x\r\ncontent-range: bytes 0-4/*\r\n\r\n--B--\r\n--B \r\n\
        Content-Range:bytes 10-12/99\r\n\r\nabc\r\n--B--\r\nepilogue";

    #[test]
    fn several_ranges_arrive_in_pieces_of_any_size_with_boundaries_in_their_data() {
        let expected = vec![(0, b"--B--".to_vec()), (10, b"abc".to_vec())];
        for size in 1..=BODY.len() {
            for content_type in [
                "multipart/byteranges; boundary=B",
                "Multipart/ByteRanges; charset=x; Boundary=\"B\"",
            ] {
                assert_eq!(read(several(content_type), BODY, size).unwrap(), expected);
            }
        }
    }

    #[test]
    fn every_cut_is_an_error() {
        let end = BODY.len() - b"\r\nepilogue".len();
        for cut in 0..end {
            let body = several("multipart/byteranges; boundary=B");
            assert!(read(body, &BODY[..cut], 7).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn parts_that_are_wrong_are_refused() {
        for (text, why) in [
            ("--B\r\n\r\nabc", "no valid `Content-Range`"),
            ("--B\r\nContent-Range: bytes 5-3/9\r\n\r\n", "no valid"),
            ("--B\r\nContent-Range: bytes */9\r\n\r\n", "no valid"),
            ("--B\r\nContent-Range: items 0-1/9\r\n\r\n", "no valid"),
            (
                "--B\r\nContent-Range: bytes 0-18446744073709551615/9\r\n\r\n",
                "no valid",
            ),
            (
                "--B\r\nContent-Range: bytes 0-1/9\r\n\r\nabc\r\n--B--\r\n",
                "longer than its",
            ),
        ] {
            let error = read(
                several("multipart/byteranges; boundary=B"),
                text.as_bytes(),
                5,
            );
            let error = error.unwrap_err().to_string();
            assert!(error.contains(why), "{text:?}: {error}");
        }
        let long = [b"--B\r\n".to_vec(), vec![b'x'; 2 * MAX_HEAD]].concat();
        let error = read(several("multipart/byteranges; boundary=B"), &long, 1_000).unwrap_err();
        assert!(error.to_string().contains("longer than 8192"), "{error}");
    }

    #[test]
    fn one_range_and_a_whole_object() {
        let mut headers = HeaderMap::new();
        let whole = RangeBody::new(StatusCode::OK, &headers).unwrap();
        assert_eq!(
            read(whole, b"abcdef", 4).unwrap(),
            [(0, b"abcdef".to_vec())]
        );
        let partial = StatusCode::PARTIAL_CONTENT;
        assert!(RangeBody::new(partial, &headers).is_err());
        assert!(RangeBody::new(StatusCode::NO_CONTENT, &headers).is_err());
        headers.insert("content-range", "bytes 7-9/20".parse().unwrap());
        let one = || RangeBody::new(partial, &headers).unwrap();
        assert_eq!(read(one(), b"abc", 2).unwrap(), [(7, b"abc".to_vec())]);
        assert!(read(one(), b"ab", 2).is_err(), "too short");
        assert!(read(one(), b"abcd", 2).is_err(), "too long");
    }
}
