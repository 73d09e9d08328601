//! The body of a commit request: one JSON document per line, with base64 content that is encoded while it is
//! read.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hf_transport::digest::GitBlobHasher;
use hf_transport::{Body, Error, Result};
use hf_types::Sha256;
use serde::Serialize;

use crate::body::{BodyGuard, Out, stream_body};
use crate::content::Content;
use crate::file::{CommitFile, RegularFile};
use crate::plan::{CommitPlan, PlannedOperation};
use crate::source::Source;
use crate::source::short;

/// How many bytes are encoded at a time: a multiple of 3, so that the pieces join without padding.
const RAW_PIECE_BYTES: usize = 192 * 1024;
/// Lines are combined up to this size before they are sent.
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
    /// The content of a file of the plan, by its index.
    File(usize),
    Bytes(Bytes),
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
    /// Builds the lines of `plan`.
    ///
    /// # Errors
    /// Returns `Validation` if the commit would be longer than a request can be.
    pub(crate) fn new(
        summary: &str,
        description: &str,
        parent_commit: Option<&str>,
        plan: &[PlannedOperation],
    ) -> Result<Self> {
        let mut payload = Self::default();
        payload.line(&Line::Header {
            summary,
            description,
            parent_commit: parent_commit.unwrap_or_default(),
        });
        for (index, operation) in plan.iter().enumerate() {
            let path = operation.path_in_repo();
            match operation {
                PlannedOperation::File(CommitFile::Regular(file)) => {
                    payload.file(path, file.content.size, Part::File(index))?;
                }
                PlannedOperation::File(CommitFile::Stored(file)) => {
                    payload.lfs_file(path, &file.sha256, Some(file.size));
                }
                PlannedOperation::Delete(op) => payload.deleted(path, op.deletes_folder()),
                PlannedOperation::CopyRegular { content, .. } => {
                    let size = content.len() as u64;
                    payload.file(path, size, Part::Bytes(content.clone()))?;
                }
                PlannedOperation::CopyLfs { oid, .. } => payload.lfs_file(path, oid, None),
            }
        }
        payload.flush();
        Ok(payload)
    }

    /// Adds a file with its content.
    fn file(&mut self, path: &str, size: u64, content: Part) -> Result<()> {
        self.text
            .extend_from_slice(br#"{"key":"file","value":{"content":""#);
        self.flush();
        self.len = encoded_len(size)
            .and_then(|len| self.len.checked_add(len))
            .ok_or_else(|| {
                Error::validation(format!("`{path}` has {size} bytes, too many for a commit"))
            })?;
        self.parts.push(content);
        self.text.extend_from_slice(br#"","path":"#);
        json_into(&mut self.text, &path);
        self.text.extend_from_slice(b",\"encoding\":\"base64\"}}\n");
        Ok(())
    }

    /// Adds a file in large file storage. The server itself knows the size of a copy.
    fn lfs_file(&mut self, path: &str, oid: &Sha256, size: Option<u64>) {
        self.line(&Line::LfsFile {
            path,
            algo: "sha256",
            oid: oid.as_str(),
            size,
        });
    }

    fn deleted(&mut self, path: &str, is_folder: bool) {
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

    /// Returns the body, which can be sent again. An error while reading files is kept in `guard`.
    ///
    /// With `learn`, the git ids of the files are computed while they are sent.
    pub(crate) fn into_body(self, plan: CommitPlan, learn: bool, guard: &BodyGuard) -> Body {
        if let [Part::Text(only)] = self.parts.as_slice() {
            return only.clone().into();
        }
        let parts: Arc<[Part]> = self.parts.into();
        stream_body(self.len, guard, move |out| {
            let mut gathered = Gather::new(out);
            for part in parts.iter() {
                match part {
                    Part::Text(text) => gathered.put(text)?,
                    Part::Bytes(bytes) => {
                        let source = Source::Bytes(bytes.clone());
                        let content = Content::new(source, None, bytes.len() as u64);
                        encode(&content, None, &mut gathered)?;
                    }
                    Part::File(index) => {
                        if let Some(PlannedOperation::File(CommitFile::Regular(file))) =
                            plan.get(*index)
                        {
                            let learner = Some(file).filter(|file| learn && !file.has_git_sha1());
                            encode(&file.content, learner, &mut gathered)?;
                        }
                    }
                }
            }
            gathered.flush()
        })
    }
}

/// Combines small pieces, so that thousands of files do not cause thousands of writes.
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
    // Writing a map with string keys into memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, value);
}

fn encoded_len(raw: u64) -> Option<u64> {
    raw.div_ceil(3).checked_mul(4)
}

fn encode(content: &Content, learner: Option<&RegularFile>, out: &mut Gather<'_>) -> Result<()> {
    let size = content.size;
    let mut reader = content.open(0)?;
    let mut hasher = learner.map(|file| (file, GitBlobHasher::new(size)));
    let mut left = size;
    while left > 0 {
        let want = RAW_PIECE_BYTES.min(usize::try_from(left).unwrap_or(usize::MAX));
        let raw = reader.chunk(want)?;
        if raw.len() < want {
            reader.check()?;
            return Err(short(&content.source, size, size - left + raw.len() as u64));
        }
        if let Some((_, hasher)) = &mut hasher {
            hasher.update(&raw);
        }
        out.put_base64(&raw)?;
        left -= raw.len() as u64;
    }
    reader.check()?;
    if let Some((file, hasher)) = hasher {
        file.learn_git_sha1(hasher.finish());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::file::{ClassifiedFile, FoundFile, PreuploadEntry, StoredFile};
    use crate::operation::{CommitOperationAdd, CommitOperationDelete, UploadMode};
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

    fn regular(add: CommitOperationAdd) -> PlannedOperation {
        let entry = PreuploadEntry {
            mode: UploadMode::Regular,
            should_ignore: false,
            remote_oid: None,
        };
        match ClassifiedFile::new(FoundFile::new(0, add), entry) {
            ClassifiedFile::Regular(file) => PlannedOperation::File(CommitFile::Regular(file)),
            _ => panic!("regular"),
        }
    }

    async fn lines(
        parent: Option<&str>,
        plan: impl IntoIterator<Item = PlannedOperation>,
    ) -> Vec<serde_json::Value> {
        let plan: CommitPlan = plan.into_iter().collect();
        let payload = Payload::new("a \"title\"", "", parent, &plan).unwrap();
        let body = payload.into_body(plan, true, &BodyGuard::default());
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
        let oid = Sha256::from([1; 32]);
        let delete = |path| PlannedOperation::Delete(CommitOperationDelete::new(path).unwrap());
        let plan = [
            regular(CommitOperationAdd::from_bytes("é .txt", "hi").unwrap()),
            regular(CommitOperationAdd::from_bytes("empty", "").unwrap()),
            PlannedOperation::File(CommitFile::Stored(StoredFile::new("w.bin".into(), 7, oid))),
            PlannedOperation::CopyLfs {
                path_in_repo: "copy.bin".into(),
                oid,
            },
            PlannedOperation::CopyRegular {
                path_in_repo: "copy.txt".into(),
                content: "hi".into(),
            },
            delete("old/"),
            delete("old\n.txt"),
        ];
        let hex = "01".repeat(32);
        assert_eq!(
            lines(Some("abc123"), plan).await,
            [
                serde_json::json!({"key": "header", "value": {"summary": "a \"title\"", "description": "", "parentCommit": "abc123"}}),
                serde_json::json!({"key": "file", "value": {"content": "aGk=", "path": "é .txt", "encoding": "base64"}}),
                serde_json::json!({"key": "file", "value": {"content": "", "path": "empty", "encoding": "base64"}}),
                serde_json::json!({"key": "lfsFile", "value": {"path": "w.bin", "algo": "sha256", "oid": hex, "size": 7}}),
                serde_json::json!({"key": "lfsFile", "value": {"path": "copy.bin", "algo": "sha256", "oid": hex}}),
                serde_json::json!({"key": "file", "value": {"content": "aGk=", "path": "copy.txt", "encoding": "base64"}}),
                serde_json::json!({"key": "deletedFolder", "value": {"path": "old/"}}),
                serde_json::json!({"key": "deletedFile", "value": {"path": "old\n.txt"}}),
            ]
        );
    }

    #[tokio::test]
    async fn contents_of_all_lengths_come_out_whole_and_the_length_is_exact() {
        let piece = RAW_PIECE_BYTES as u64;
        for size in [1, 2, 3, piece - 1, piece, piece + 1, 3 * piece + 2] {
            let plan = [("a", size), ("b", 5)].map(|(path, size)| {
                regular(CommitOperationAdd::from_source(path, Pattern(size)).unwrap())
            });
            let lines = lines(None, plan).await;
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

    #[test]
    fn a_file_too_long_for_any_request_is_refused_before_it_is_read() {
        struct Endless;
        impl ByteSource for Endless {
            fn len(&self) -> u64 {
                u64::MAX
            }
            fn open(&self, _: u64) -> std::io::Result<Box<dyn std::io::Read + Send>> {
                unreachable!("it is not read")
            }
        }
        let plan = [regular(
            CommitOperationAdd::from_source("x", Endless).unwrap(),
        )];
        let error = Payload::new("t", "", None, &plan).err().unwrap();
        assert!(
            error.to_string().contains("too many for a commit"),
            "{error}"
        );
    }
}
