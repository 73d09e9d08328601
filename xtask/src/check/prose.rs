//! Words that do not belong into comments and documentation.
//!
//! The project uses the terms of its field, so that a search for `response` or `backoff` finds what it
//! should. Each entry replaces a private word, or a phrase that does not say what it means.

use super::SourceFile;

/// A word or phrase, in lower case, and what to write instead.
const BANNED: &[(&str, &str)] = &[
    ("answer", "response, or respond"),
    ("answers", "responses, or responds"),
    ("answered", "responded"),
    ("told", "reported, configured or called"),
    ("by heart", "say what is remembered, and where"),
    ("for want of", "because there is no"),
    ("who used", "for callers that used"),
    ("does it", "say what is done"),
    ("twins", "duplicates"),
    ("a look at", "say what is read or checked"),
    ("comes to nothing", "fails"),
    ("is at work", "is running"),
    ("be told apart", "be distinguished"),
    ("of a stranger", "of another crate"),
];

/// Files that may contain them, with the reason.
const ALLOWED: &[(&str, &str)] = &[(
    "xtask/src/check/prose.rs",
    "lists the phrases in order to find them",
)];

pub(super) fn problems(files: &[SourceFile]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in files {
        if ALLOWED.iter().any(|(name, _)| *name == file.name) {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            let Some(prose) = prose_of(file, line) else {
                continue;
            };
            for (banned, instead) in BANNED {
                if contains_phrase(&prose, banned) {
                    let name = &file.name;
                    problems.push(format!("{name}:{number}: \"{banned}\": write {instead}"));
                }
            }
        }
    }
    problems
}

/// Returns the prose in a line, in lower case: all of a Markdown line, the comment of a Rust line.
fn prose_of(file: &SourceFile, line: &str) -> Option<String> {
    if file.is_prose() {
        return Some(line.to_lowercase());
    }
    let comment = line.trim_start().strip_prefix("//")?;
    Some(comment.to_lowercase())
}

/// Returns whether a phrase occurs as whole words.
fn contains_phrase(text: &str, phrase: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '`';
    text.match_indices(phrase).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + phrase.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> Vec<String> {
        problems(&[SourceFile {
            name: name.to_owned(),
            text: text.to_owned(),
        }])
    }

    #[test]
    fn banned_words_are_found_in_comments_and_not_in_code() {
        let text = "// The Answer of the Hub.\nlet answer = 42;\n";
        assert_eq!(
            found("crates/a/src/lib.rs", text),
            ["crates/a/src/lib.rs:1: \"answer\": write response, or respond"]
        );
        assert_eq!(found("README.md", "It told us.").len(), 1);
        assert!(found("README.md", "It answer_s; the content is `told`.").is_empty());
    }
}
