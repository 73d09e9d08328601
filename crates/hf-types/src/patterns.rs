//! Choosing paths by patterns, exactly as Python's `fnmatch.fnmatchcase` does.
//!
//! `*` matches any run of characters, `/` included; `?` one character; `[seq]` one of a set, `[!seq]` one outside it.
//! There is no escape character. Matching never backtracks further than the last `*`, so a hostile pattern costs at
//! most its own length times that of the path.

use std::borrow::Cow;
use std::fmt;

/// Paths that are never part of an upload: git's own folder and the metadata of downloads into a local folder.
pub const DEFAULT_IGNORE_PATTERNS: [&str; 8] = [
    ".git",
    ".git/*",
    "*/.git",
    "**/.git/**",
    ".cache/huggingface",
    ".cache/huggingface/*",
    "*/.cache/huggingface",
    "**/.cache/huggingface/**",
];

/// One pattern, read once and matched many times.
///
/// ```
/// use hf_types::patterns::Pattern;
/// let pattern = Pattern::new("data/*.json");
/// assert!(pattern.matches("data/file.json"));
/// assert!(pattern.matches("data/sub/file.json"));
/// assert!(!pattern.matches("data/file.JSON"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
    tokens: Box<[Token]>,
}

#[derive(Clone, PartialEq, Eq)]
enum Token {
    Char(char),
    AnyChar,
    AnyRun,
    Set {
        negated: bool,
        ranges: Box<[(char, char)]>,
    },
}

impl Pattern {
    /// Reads a pattern. Every text is one: a `[` without its `]` stands for itself.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            tokens: tokens(text).into(),
        }
    }

    /// Returns the text of the pattern.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether the pattern matches the whole of `path`. Case matters on every system.
    pub fn matches(&self, path: &str) -> bool {
        let mut token = 0;
        let mut rest = path.chars();
        // Where to go on after a mismatch: the token after the last `*`, and the text it was tried on.
        let mut retry = None;
        loop {
            if matches!(self.tokens.get(token), Some(Token::AnyRun)) {
                token += 1;
                if token == self.tokens.len() {
                    return true;
                }
                retry = Some((token, rest.clone()));
                continue;
            }
            let mut next = rest.clone();
            match (self.tokens.get(token), next.next()) {
                (None, None) => return true,
                (Some(expected), Some(c)) if expected.matches(c) => {
                    token += 1;
                    rest = next;
                }
                _ => {
                    let Some((after_run, from)) = &mut retry else {
                        return false;
                    };
                    if from.next().is_none() {
                        return false;
                    }
                    token = *after_run;
                    rest = from.clone();
                }
            }
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Char(expected) => *expected == c,
            Self::AnyChar | Self::AnyRun => true,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(lo, hi)| (*lo..=*hi).contains(&c)) != *negated
            }
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::with_capacity(chars.len());
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        i += 1;
        let token = match c {
            '*' if tokens.last() == Some(&Token::AnyRun) => continue,
            '*' => Token::AnyRun,
            '?' => Token::AnyChar,
            '[' => match set_end(&chars, i) {
                Some(end) => {
                    let token = set(&chars[i..end]);
                    i = end + 1;
                    token
                }
                None => Token::Char('['),
            },
            c => Token::Char(c),
        };
        tokens.push(token);
    }
    tokens
}

/// The index of the `]` that closes a set whose content starts at `start`. A `]` in first place is content.
fn set_end(chars: &[char], start: usize) -> Option<usize> {
    let mut i = start;
    if chars.get(i) == Some(&'!') {
        i += 1;
    }
    if chars.get(i) == Some(&']') {
        i += 1;
    }
    chars
        .get(i..)?
        .iter()
        .position(|c| *c == ']')
        .map(|found| i + found)
}

/// Reads what stands between `[` and `]`.
///
/// Python cuts the content into chunks at the hyphens that make ranges (a hyphen in first or last place, or right
/// after a range, stands for itself), drops ranges that run backwards together with their ends, and only then looks
/// whether the rest starts with `!`.
fn set(content: &[char]) -> Token {
    let mut chunks: Vec<Vec<char>> = Vec::new();
    let mut start = 0;
    let mut search = if content.first() == Some(&'!') { 2 } else { 1 };
    while let Some(found) = content
        .get(search..)
        .and_then(|rest| rest.iter().position(|c| *c == '-'))
    {
        let hyphen = search + found;
        chunks.push(content[start..hyphen].to_vec());
        start = hyphen + 1;
        search = hyphen + 3;
    }
    match (&content[start..], chunks.last_mut()) {
        ([], Some(last)) => last.push('-'),
        (tail, _) => chunks.push(tail.to_vec()),
    }
    for k in (1..chunks.len()).rev() {
        if chunks[k - 1].last() > chunks[k].first() {
            chunks[k - 1].pop();
            let tail = chunks.remove(k);
            chunks[k - 1].extend_from_slice(&tail[1..]);
        }
    }
    if chunks.iter().all(Vec::is_empty) {
        // Nothing is left: it never matches.
        return Token::Set {
            negated: false,
            ranges: Box::default(),
        };
    }
    let negated = chunks[0].first() == Some(&'!');
    if negated {
        chunks[0].remove(0);
    }
    let mut ranges: Vec<(char, char)> = chunks.iter().flatten().map(|c| (*c, *c)).collect();
    for pair in chunks.windows(2) {
        if let (Some(lo), Some(hi)) = (pair[0].last(), pair[1].first()) {
            ranges.push((*lo, *hi));
        }
    }
    Token::Set {
        negated,
        ranges: ranges.into(),
    }
}

/// A list of what is wanted and a list of what is not, as `allow_patterns` and `ignore_patterns` everywhere.
///
/// Backslashes count as `/` in patterns and paths, and a pattern that ends in `/` stands for all below that folder.
///
/// ```
/// use hf_types::patterns::PatternSet;
/// let set = PatternSet::new(Some(["*.safetensors", "onnx/"]), Some(["onnx/*.tmp"]));
/// assert!(set.matches("model.safetensors"));
/// assert!(set.matches("onnx/model.onnx"));
/// assert!(!set.matches("onnx/a.tmp"));
/// assert!(!set.matches("README.md"));
/// assert!(PatternSet::default().matches("anything"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatternSet {
    allow: Option<Vec<Pattern>>,
    ignore: Vec<Pattern>,
}

impl PatternSet {
    /// Without an allow list every path is allowed; with an empty one, none is.
    pub fn new<A, I>(allow: Option<A>, ignore: Option<I>) -> Self
    where
        A: IntoIterator<Item: AsRef<str>>,
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self {
            allow: allow.map(|list| {
                list.into_iter()
                    .map(|p| folder_pattern(p.as_ref()))
                    .collect()
            }),
            ignore: ignore.map_or_else(Vec::new, |list| {
                list.into_iter()
                    .map(|p| folder_pattern(p.as_ref()))
                    .collect()
            }),
        }
    }

    /// Adds patterns to ignore, such as [`DEFAULT_IGNORE_PATTERNS`].
    pub fn also_ignoring(mut self, ignore: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.ignore
            .extend(ignore.into_iter().map(|p| folder_pattern(p.as_ref())));
        self
    }

    /// Returns whether every path passes.
    pub fn allows_all(&self) -> bool {
        self.allow.is_none() && self.ignore.is_empty()
    }

    /// Returns whether the pattern matches the whole of `path`. Case matters on every system.
    pub fn matches(&self, path: &str) -> bool {
        let path = with_slashes(path);
        self.allow
            .as_ref()
            .is_none_or(|list| list.iter().any(|p| p.matches(&path)))
            && !self.ignore.iter().any(|p| p.matches(&path))
    }
}

fn with_slashes(text: &str) -> Cow<'_, str> {
    if text.contains('\\') {
        text.replace('\\', "/").into()
    } else {
        text.into()
    }
}

fn folder_pattern(text: &str) -> Pattern {
    let text = with_slashes(text);
    if text.ends_with('/') {
        Pattern::new(&format!("{text}*"))
    } else {
        Pattern::new(&text)
    }
}
