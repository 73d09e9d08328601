//! The metadata block at the top of a README.md.

use std::ops::Range;

/// Where the parts of a card stand.
#[derive(Debug, Clone)]
pub(crate) struct FrontMatter {
    /// The YAML between the two lines of dashes, with its last line break.
    pub(crate) yaml: Range<usize>,
    /// Where the body starts.
    pub(crate) body: usize,
    /// How the line of dashes above it ends.
    pub(crate) line_break: &'static str,
}

/// The mark that some editors put at the start of a file.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Finds the metadata block; `None` if there is none.
///
/// This follows the regular expression of the Hub (and of Python's client), so that what the Hub shows as metadata is
/// what is read: blanks may stand before the first line of dashes and after the second, but not the other way round. A
/// block without a line between its dashes, which the expression does not match, counts as an empty one unless a later
/// line of dashes ends it.
pub(crate) fn find(text: &str) -> Option<FrontMatter> {
    let start = text
        .strip_prefix(BYTE_ORDER_MARK)
        .unwrap_or(text)
        .trim_start();
    let start = text.len() - start.len();
    let open = text[start..].strip_prefix("---")?;
    let open_at = start + 3;
    let line_break = line_break_at(open)?;
    let yaml = open_at + line_break.len();
    let mut at = yaml;
    while let Some(found) = text[at..].find(['\n', '\r']) {
        let line_end = at + found;
        let next = line_end + line_break_at(&text[line_end..]).map_or(1, str::len);
        if let Some(body) = closing(&text[next..]) {
            return Some(FrontMatter {
                yaml: yaml..next,
                body: next + body,
                line_break,
            });
        }
        at = next;
    }
    let body = closing(&text[yaml..])?;
    Some(FrontMatter {
        yaml: yaml..yaml,
        body: yaml + body,
        line_break,
    })
}

/// Returns whether a text that has no metadata block starts like one that somebody forgot to end.
pub(crate) fn is_unterminated(text: &str) -> bool {
    let text = text
        .strip_prefix(BYTE_ORDER_MARK)
        .unwrap_or(text)
        .trim_start();
    let Some(rest) = text.strip_prefix("---") else {
        return false;
    };
    let Some(line_break) = line_break_at(rest) else {
        return false;
    };
    // A thematic break of Markdown looks the same, but is not followed by `key:`.
    let line = rest[line_break.len()..].lines().next().unwrap_or_default();
    let key = line.split(':').next().unwrap_or_default();
    line.len() > key.len()
        && !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Returns the length of a line of dashes that ends the block, with its line break.
fn closing(line: &str) -> Option<usize> {
    let rest = line.strip_prefix("---")?.trim_start_matches([' ', '\t']);
    let dashes = line.len() - rest.len();
    match line_break_at(rest) {
        // A lone carriage return does not end the block, for the Hub.
        Some("\r") => None,
        Some(line_break) => Some(dashes + line_break.len()),
        None => rest.is_empty().then_some(dashes),
    }
}

/// Returns the line break that a text starts with.
fn line_break_at(text: &str) -> Option<&'static str> {
    ["\r\n", "\n", "\r"]
        .into_iter()
        .find(|line_break| text.starts_with(line_break))
}

/// Returns the line break that a text without metadata has most of: the same choice as the Hub's.
pub(crate) fn usual_line_break(text: &str) -> &'static str {
    let cr = text.matches('\r').count();
    let lf = text.matches('\n').count();
    let crlf = text.matches("\r\n").count();
    match () {
        () if crlf > 0 && crlf == cr && crlf == lf => "\r\n",
        // A block whose second line of dashes ends in a carriage return would not be found.
        () => "\n",
    }
}
