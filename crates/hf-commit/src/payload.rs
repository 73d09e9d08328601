//! The body of a commit: one JSON document a line, contents in base64 as they are read.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hf_transport::digest::GitBlobHasher;
use hf_transport::{Body, Result};
use hf_types::Sha256;
use serde::Serialize;

use crate::body::{Guard, Out, stream_body};
use crate::hash::short;
use crate::operation::CommitOperationAdd;
use crate::source::{Source, Stamp};

/// Raw bytes encoded at a time: a multiple of 3, so that pieces join without padding.
const RAW_PIECE_BYTES: usize = 192 * 1024;
/// Lines are gathered up to this before they are sent.
const GATHER_BYTES: usize = 256 * 1024;

/// The lines of one commit, in order.
#[derive(Default)]
pub(crate) struct Payload {
    parts: Vec<Part>,
    /// Text since the last file content.
    text: Vec<u8>,
    len: u64,
}

enum Part {
    Text(Bytes),
    Base64 {
        source: Source,
        stamp: Option<Stamp>,
        size: u64,
        learner: Option<CommitOperationAdd>,
    },
}

#[derive(Serialize)]
#[serde(tag = "key", content = "value", rename_all = "camelCase")]
enum Line<'a> {
    Header {
        summary: &'a str,
        description: &'a str,
        #[serde(rename = "parentCommit", skip_serializing_if = "str::is_empty")]
        parent_commit: &'a str,
    },
    LfsFile {
        path: &'a str,
        algo: &'static str,
        oid: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
    },
    DeletedFile {
        path: &'a str,
    },
    DeletedFolder {
        path: &'a str,
    },
}

impl Payload {
    pub(crate) fn new(summary: &str, description: &str, parent_commit: Option<&str>) -> Self {
        let mut payload = Self::default();
        payload.line(&Line::Header {
            summary,
            description,
            parent_commit: parent_commit.unwrap_or_default(),
        });
        payload
    }

    /// A file with its content. `learner` is told its git id, learned as it is read.
    pub(crate) fn file(
        &mut self,
        path: &str,
        source: Source,
        stamp: Option<Stamp>,
        size: u64,
        learner: Option<CommitOperationAdd>,
    ) {
        self.text
            .extend_from_slice(br#"{"key":"file","value":{"content":""#);
        self.flush();
        self.len += encoded_len(size);
        self.parts.push(Part::Base64 {
            source,
            stamp,
            size,
            learner,
        });
        self.text.extend_from_slice(br#"","path":"#);
        json_into(&mut self.text, &path);
        self.text.extend_from_slice(b",\"encoding\":\"base64\"}}\n");
    }

    /// A file in large file storage; the size of a copy is the server's own knowledge.
    pub(crate) fn lfs_file(&mut self, path: &str, oid: &Sha256, size: Option<u64>) {
        self.line(&Line::LfsFile {
            path,
            algo: "sha256",
            oid: oid.as_str(),
            size,
        });
    }

    pub(crate) fn deleted(&mut self, path: &str, is_folder: bool) {
        self.line(&if is_folder {
            Line::DeletedFolder { path }
        } else {
            Line::DeletedFile { path }
        });
    }

    fn line(&mut self, line: &Line<'_>) {
        json_into(&mut self.text, line);
        self.text.push(b'\n');
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.len += text.len() as u64;
            self.parts.push(Part::Text(text.into()));
        }
    }

    /// The body, which can be sent again; what goes wrong while reading files is kept in `guard`.
    pub(crate) fn into_body(mut self, guard: &Guard) -> Body {
        self.flush();
        if let [Part::Text(only)] = self.parts.as_slice() {
            return only.clone().into();
        }
        let parts: Arc<[Part]> = self.parts.into();
        stream_body(self.len, guard, move |out| {
            let mut gathered = Gather::new(out);
            for part in parts.iter() {
                match part {
                    Part::Text(text) => gathered.put(text)?,
                    Part::Base64 {
                        source,
                        stamp,
                        size,
                        learner,
                    } => encode_source(source, *stamp, *size, learner.as_ref(), &mut gathered)?,
                }
            }
            gathered.flush()
        })
    }
}

/// Joins small pieces, so that thousands of files do not mean thousands of writes.
struct Gather<'a> {
    out: &'a mut Out,
    buffer: Vec<u8>,
}

impl<'a> Gather<'a> {
    fn new(out: &'a mut Out) -> Self {
        Self {
            out,
            buffer: Vec::with_capacity(GATHER_BYTES),
        }
    }

    fn room(&mut self, len: usize) -> Result<()> {
        if self.buffer.len() + len > GATHER_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.room(bytes.len())?;
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn put_base64(&mut self, raw: &[u8]) -> Result<()> {
        let len = raw.len().div_ceil(3) * 4;
        self.room(len)?;
        let at = self.buffer.len();
        self.buffer.resize(at + len, 0);
        let written = STANDARD.encode_slice(raw, &mut self.buffer[at..]);
        debug_assert_eq!(written.ok(), Some(len));
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(GATHER_BYTES));
        self.out.send(full.into())
    }
}

fn json_into(out: &mut Vec<u8>, value: &impl Serialize) {
    // A string map written into memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, value);
}

fn encoded_len(raw: u64) -> u64 {
    raw.div_ceil(3) * 4
}

fn encode_source(
    source: &Source,
    stamp: Option<Stamp>,
    size: u64,
    learner: Option<&CommitOperationAdd>,
    out: &mut Gather<'_>,
) -> Result<()> {
    let mut reader = source.open(0, stamp)?;
    let mut hasher = learner
        .filter(|op| op.state().git_sha1.is_none())
        .map(|op| (op, GitBlobHasher::new(size)));
    let mut left = size;
    while left > 0 {
        let want = RAW_PIECE_BYTES.min(usize::try_from(left).unwrap_or(usize::MAX));
        let raw = reader.chunk(want)?;
        if raw.len() < want {
            reader.check()?;
            return Err(short(source, size, size - left + raw.len() as u64));
        }
        if let Some((_, hasher)) = &mut hasher {
            hasher.update(&raw);
        }
        out.put_base64(&raw)?;
        left -= raw.len() as u64;
    }
    reader.check()?;
    if let Some((op, hasher)) = hasher {
        op.state().git_sha1 = Some(hasher.finish());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::source::ByteSource;

    struct Pattern(u64);

    impl ByteSource for Pattern {
        fn len(&self) -> u64 {
            self.0
        }
        fn open(&self, offset: u64) -> std::io::Result<Box<dyn std::io::Read + Send>> {
            let bytes: Vec<u8> = (offset..self.0).map(|i| (i % 251) as u8).collect();
            Ok(Box::new(std::io::Cursor::new(bytes)))
        }
    }

    async fn lines(payload: Payload) -> Vec<serde_json::Value> {
        let body = payload.into_body(&Guard::default());
        let len = body.len();
        let again = body.try_clone().unwrap();
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!(len, Some(bytes.len() as u64));
        assert_eq!(bytes, again.collect().await.unwrap().to_bytes());
        bytes
            .split(|b| *b == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    #[tokio::test]
    async fn every_line_is_what_the_hub_reads() {
        let mut payload = Payload::new("a \"title\"", "", Some("abc123"));
        payload.file("é\n.txt", Source::Bytes("hi".into()), None, 2, None);
        payload.file("empty", Source::Bytes(Bytes::new()), None, 0, None);
        payload.lfs_file("w.bin", &Sha256::from([1; 32]), Some(7));
        payload.lfs_file("copy.bin", &Sha256::from([1; 32]), None);
        payload.deleted("old/", true);
        payload.deleted("old.txt", false);
        let oid = "01".repeat(32);
        assert_eq!(
            lines(payload).await,
            [
                serde_json::json!({"key": "header", "value": {"summary": "a \"title\"", "description": "", "parentCommit": "abc123"}}),
                serde_json::json!({"key": "file", "value": {"content": "aGk=", "path": "é\n.txt", "encoding": "base64"}}),
                serde_json::json!({"key": "file", "value": {"content": "", "path": "empty", "encoding": "base64"}}),
                serde_json::json!({"key": "lfsFile", "value": {"path": "w.bin", "algo": "sha256", "oid": oid, "size": 7}}),
                serde_json::json!({"key": "lfsFile", "value": {"path": "copy.bin", "algo": "sha256", "oid": oid}}),
                serde_json::json!({"key": "deletedFolder", "value": {"path": "old/"}}),
                serde_json::json!({"key": "deletedFile", "value": {"path": "old.txt"}}),
            ]
        );
    }

    #[tokio::test]
    async fn contents_of_all_lengths_come_out_whole_and_the_length_is_exact() {
        let piece = RAW_PIECE_BYTES as u64;
        for size in [1, 2, 3, piece - 1, piece, piece + 1, 3 * piece + 2] {
            let mut payload = Payload::new("t", "", None);
            payload.file(
                "a",
                Source::Custom(Arc::new(Pattern(size))),
                None,
                size,
                None,
            );
            payload.file("b", Source::Custom(Arc::new(Pattern(5))), None, 5, None);
            let lines = lines(payload).await;
            let content = lines[1]["value"]["content"].as_str().unwrap();
            let bytes = STANDARD.decode(content).unwrap();
            assert_eq!(bytes.len() as u64, size);
            assert!(
                bytes
                    .iter()
                    .enumerate()
                    .all(|(i, b)| usize::from(*b) == i % 251)
            );
            assert_eq!(lines[2]["value"]["path"], "b");
        }
    }
}
