//! The `use` declarations and paths of a Rust file, as text: precise enough for this workspace, without a
//! parser of the language.

use std::collections::HashMap;

/// Where a name that a module imports comes from: the segments of its path.
pub(super) type Imports = HashMap<String, Vec<String>>;

/// Returns the code of a file without comments and without its unit tests.
pub(super) fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_start();
        if !line.starts_with("//") {
            code.push_str(line.split(" // ").next().unwrap_or(line));
            code.push('\n');
        }
    }
    code
}

/// Returns the path of each name that the file imports.
pub(super) fn imports(code: &str) -> Imports {
    let mut found = Imports::new();
    for statement in statements(code) {
        let tree: String = statement.replace(" as ", "@").split_whitespace().collect();
        expand(&mut Vec::new(), &tree, &mut found);
    }
    found
}

fn statements(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let before = code[..at].rsplit('\n').next().unwrap_or("").trim();
        if before.is_empty() || before == "pub" || before.starts_with("pub(") {
            let statement = &code[at + "use ".len()..];
            found.push(statement.split(';').next().unwrap_or(statement));
        }
    }
    found
}

/// Expands `a::{b, c::{d, e@f}}` into one path per name.
fn expand(prefix: &mut Vec<String>, tree: &str, found: &mut Imports) {
    let Some(open) = tree.find('{') else {
        let (path, alias) = tree.split_once('@').unwrap_or((tree, ""));
        let mut segments = prefix.clone();
        segments.extend(
            path.split("::")
                .filter(|s| !s.is_empty())
                .map(str::to_owned),
        );
        if segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        if let Some(last) = segments.last() {
            let name = if alias.is_empty() {
                last.clone()
            } else {
                alias.to_owned()
            };
            found.insert(name, segments);
        }
        return;
    };
    let depth = prefix.len();
    prefix.extend(
        tree[..open]
            .split("::")
            .filter(|s| !s.is_empty())
            .map(str::to_owned),
    );
    let inner = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut level, mut start) = (0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => level += 1,
            '}' => level -= 1,
            ',' if level == 0 => {
                expand(prefix, &inner[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
    expand(prefix, &inner[start..], found);
    prefix.truncate(depth);
}

/// Returns the paths in expressions and types that begin with `crate` or `super`.
pub(super) fn inline_paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let is_start = code[..at]
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '$');
            if is_start {
                let path: String = code[at..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
                    .collect();
                found.push(
                    path.split("::")
                        .filter(|s| !s.is_empty())
                        .map(str::to_owned)
                        .collect(),
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_imports_and_aliases_are_expanded() {
        let code = code_of(
            "use a::{\n    b, // why\n    c::{self, d as e},\n};\npub use f::G;\n// use h::I;\n",
        );
        let all = imports(&code);
        assert_eq!(all["b"], ["a", "b"]);
        assert_eq!(all["c"], ["a", "c"]);
        assert_eq!(all["e"], ["a", "c", "d"]);
        assert_eq!(all["G"], ["f", "G"]);
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn paths_in_code_are_found() {
        let code = "let x = crate::limits::MAX + super::f(); hf_crate::y();";
        assert_eq!(
            inline_paths(code),
            [vec!["crate", "limits", "MAX"], vec!["super", "f"]]
        );
    }
}
