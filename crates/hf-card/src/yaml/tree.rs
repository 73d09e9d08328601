//! Where in the text the nodes of a document stand.

use granit_parser::ScalarStyle;

use crate::value::Map;

/// The metadata of a card: what it says, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    /// What the text says, with aliases and merge keys resolved.
    pub(crate) map: Map,
    /// Where it says so; `None` if the text has nothing but blanks and comments.
    pub(crate) root: Option<Node>,
}

/// A node: `start..end` is its text without the comment behind it, and `start == end` if nothing is written.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where its anchor, tag or content starts.
    pub(crate) start: usize,
    /// Where its content starts: for a block collection, its first key or dash; for a block scalar, its first line.
    pub(crate) content: usize,
    /// Where its last character ends, without blank lines.
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar(ScalarStyle),
    Alias,
    List { flow: bool, items: Vec<Item> },
    Map { flow: bool, entries: Vec<Entry> },
}

/// An item of a list.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Where its dash stands, in a block list; in a flow list, where the item starts.
    pub(crate) dash: usize,
    pub(crate) node: Node,
}

/// An entry of a map.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Where its key starts, or the `?` before it.
    pub(crate) start: usize,
    /// Where its key ends.
    pub(crate) key_end: usize,
    /// Where the colon after its key stands, if there is one.
    pub(crate) colon: Option<usize>,
    /// Whether it is a merge key (`<<`), which is none of the map's own.
    pub(crate) merges: bool,
    pub(crate) node: Node,
}

impl Node {
    /// Returns whether nothing is written, which YAML reads as null.
    pub(crate) fn is_blank(&self) -> bool {
        self.start == self.end
    }

    /// Returns whether the node is a list or map of the indented form.
    pub(crate) fn is_block_collection(&self) -> bool {
        matches!(
            self.kind,
            Kind::List { flow: false, .. } | Kind::Map { flow: false, .. }
        )
    }
}

impl Item {
    pub(crate) fn end(&self) -> usize {
        self.node.end.max(self.dash + 1)
    }
}

impl Entry {
    pub(crate) fn end(&self) -> usize {
        let end = self.node.end.max(self.key_end);
        self.colon.map_or(end, |colon| end.max(colon + 1))
    }
}

/// Returns where the line of a position starts.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at];
    before
        .iter()
        .rposition(|byte| is_break(*byte))
        .map_or(0, |last| last + 1)
}

/// Returns where the line of a position ends, before its line break.
pub(crate) fn line_end(text: &str, at: usize) -> usize {
    let after = &text.as_bytes()[at..];
    at + after
        .iter()
        .position(|byte| is_break(*byte))
        .unwrap_or(after.len())
}

/// Returns where the line after that of a position starts.
pub(crate) fn next_line(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    match &text.as_bytes()[end..] {
        [b'\r', b'\n', ..] => end + 2,
        [_, ..] => end + 1,
        [] => end,
    }
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Returns whether nothing but spaces stands before a position on its line.
pub(crate) fn is_first_on_line(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[line_start(text, at)..at];
    before.iter().all(|byte| *byte == b' ')
}

/// Returns where the first line starts, from that at `at`, that has more than blanks.
pub(crate) fn skip_blank_lines(text: &str, mut at: usize) -> usize {
    while at < text.len() && text[at..line_end(text, at)].trim_end().is_empty() {
        at = next_line(text, at);
    }
    at
}

/// Returns the first position from `at` that is neither a blank, a line break, nor part of a comment.
pub(crate) fn skip_blanks(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at = line_end(text, at),
            _ => break,
        }
    }
    at
}

/// Returns where the last word of a line ends that is not part of its comment.
pub(crate) fn before_comment(text: &str, from: usize) -> usize {
    let line = text.get(from..line_end(text, from)).unwrap_or_default();
    let comment = line.find(" #").or_else(|| line.find("\t#"));
    from + line[..comment.unwrap_or(line.len())].trim_end().len()
}
