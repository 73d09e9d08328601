//! Determines how much of a file that is being appended to consists of complete lines.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// Names of files that consist of lines.
pub(super) const LINE_FILES: [&str; 5] = ["*.jsonl", "*.ndjson", "*.csv", "*.tsv", "*.log"];

/// How much is read at a time, from the end: longer than nearly every line.
const BLOCK_BYTES: u64 = 64 * 1024;

/// Returns how many of the first `len` bytes of `file` are complete lines: the position after the last
/// newline, or 0 if there is none.
pub(super) fn complete_lines(file: &mut File, len: u64) -> io::Result<u64> {
    let mut block = Vec::new();
    let mut end = len;
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        block.clear();
        file.seek(SeekFrom::Start(start))?;
        file.take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_lines_end_with_a_newline_wherever_it_is() {
        let block = usize::try_from(BLOCK_BYTES).unwrap();
        for (content, expected) in [
            (Vec::new(), 0),
            (b"half".to_vec(), 0),
            (b"\n".to_vec(), 1),
            (b"one\ntwo\n".to_vec(), 8),
            (b"one\ntwo".to_vec(), 4),
            ([b"a\n".to_vec(), vec![b'x'; 3 * block]].concat(), 2),
            (
                [vec![b'x'; block], b"\n".to_vec()].concat(),
                BLOCK_BYTES + 1,
            ),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            io::Write::write_all(&mut file, &content).unwrap();
            let len = content.len() as u64;
            assert_eq!(complete_lines(&mut file, len).unwrap(), expected);
        }
        // Bytes appended after the scan do not count.
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"one\ntwo\n").unwrap();
        assert_eq!(complete_lines(&mut file, 7).unwrap(), 4);
    }
}
