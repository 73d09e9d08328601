//! A name means one thing: no two crates export different items under one name.

use std::collections::{BTreeMap, BTreeSet};

use super::SourceFile;

/// Names that two crates may define, with the reason.
const ALLOWED: &[(&str, &str)] = &[
    (
        "fuzzing",
        "the entry points of fuzz targets, hidden in each crate",
    ),
    (
        "Error",
        "hf-safetensors stands alone and has an error type of its own",
    ),
    ("Result", "the result type of that error"),
];

pub(super) fn problems(files: &[SourceFile]) -> Vec<String> {
    let mut exported_by: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for file in files {
        let Some((name, path)) = file.library_path().filter(|_| file.is_rust()) else {
            continue;
        };
        for export in exports(&file.text, path == "lib.rs") {
            exported_by.entry(export).or_default().insert(name);
        }
    }
    exported_by
        .iter()
        .filter(|(export, crates)| {
            crates.len() > 1 && !ALLOWED.iter().any(|(name, _)| name == export)
        })
        .map(|(export, crates)| {
            let crates: Vec<&str> = crates.iter().copied().collect();
            format!(
                "`{export}` is defined and exported by {}; rename one, or re-export the other's",
                crates.join(" and ")
            )
        })
        .collect()
}

/// Returns the names that a file of a crate defines for others: the compiler warns of a `pub` item that cannot be
/// reached from outside. Modules count at the root only.
fn exports(text: &str, root: bool) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace().filter(|word| *word != "async");
        if line.starts_with("pub ")
            && words.next() == Some("pub")
            && let Some(kind) = words.next()
            && let Some(item) = words.next()
            && match kind {
                "struct" | "enum" | "trait" | "type" | "fn" | "const" | "static" => true,
                "mod" => root,
                _ => false,
            }
        {
            let name: String = item
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_definitions_of_one_name_are_found_and_a_re_export_is_none() {
        let file = |name: &str, text: &str| SourceFile {
            name: format!("crates/{name}"),
            text: text.to_owned(),
        };
        let files = [
            file("a/src/lib.rs", "mod m;\npub use m::Thing;\n"),
            file("a/src/m.rs", "/// A thing.\npub struct Thing;\n"),
            file(
                "b/src/lib.rs",
                "pub struct Thing;\npub struct Other;\npub mod n;\n",
            ),
            file("c/src/lib.rs", "pub use hf_types::Other;\npub mod api;\n"),
            file(
                "c/src/api.rs",
                "pub(crate) enum Thing {}\npub mod n {}\nimpl X {\n    pub fn other() {}\n}\n",
            ),
        ];
        let found = problems(&files);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("`Thing` is defined and exported by a and b"));
    }
}
