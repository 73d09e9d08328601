//! Modules import downwards only: the layers of hf-cache, and no circles between the files of a crate.

use std::collections::{BTreeMap, BTreeSet};

use super::SourceFile;
use super::imports::{Imports, code_of, imports, inline_paths};

/// A folder of a crate, and what its files must not import.
const LAYERS: &[(&str, &str, &[&str])] = &[
    ("hf-cache", "fetch", &["call", "manage"]),
    ("hf-cache", "store", &["call", "fetch", "manage"]),
    ("hf-transport", "layers", &["client"]),
];

/// Crates whose files may form circles, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "hf-testhub",
        "the handlers of a test double share its state, and the state has methods of each subject",
    ),
    ("hf-api", "macros name the types of their callers"),
    (
        "hf-types",
        "dataclasses refer to each other as the Hub's do",
    ),
];

/// Circles that are accepted, by crate and one file of each, with the reason.
const KNOWN_CIRCLES: &[(&str, &str, &str)] = &[
    (
        "hf-commit",
        "operation/mod.rs",
        "a file that was uploaded ahead is an operation of a later commit, and is made from one",
    ),
    (
        "hf-safetensors",
        "rule.rs",
        "an error contains the rule, and the rules of shards their problems",
    ),
    (
        "hf-command",
        "help.rs",
        "help of a call that fails is a failure of that call",
    ),
    (
        "hf-cas",
        "client/xorbs.rs",
        "two requests share their checks of responses",
    ),
    (
        "hf-cas",
        "reconstruct/run.rs",
        "a download and its run share their limits",
    ),
    (
        "hf-cas",
        "xorb/footer.rs",
        "a xorb and its footer describe each other",
    ),
    (
        "hf-cas",
        "xorb/header.rs",
        "a chunk's header names its compression, which reads the header",
    ),
];

/// A module of a crate.
struct Module {
    file: String,
    imports: Imports,
    /// Paths that are used, absolute or relative to the module.
    used: Vec<Vec<String>>,
}

/// The modules of one crate by their path: empty for the root, `["fetch", "http"]` for a nested one.
type Modules = BTreeMap<Vec<String>, Module>;

pub(super) fn problems(files: &[SourceFile]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Modules> = BTreeMap::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let Some((name, path)) = file.library_path() else {
            continue;
        };
        let mut segments: Vec<String> = path
            .trim_end_matches(".rs")
            .split('/')
            .map(str::to_owned)
            .collect();
        if matches!(
            segments.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            segments.pop();
        }
        if segments.iter().any(|segment| segment == "tests") {
            continue;
        }
        let code = code_of(&file.text);
        let imports = imports(&code);
        let mut used: Vec<Vec<String>> = imports.values().cloned().collect();
        used.extend(inline_paths(&code));
        let module = Module {
            file: path.to_owned(),
            imports,
            used,
        };
        crates.entry(name).or_default().insert(segments, module);
    }
    let mut problems = Vec::new();
    for (name, modules) in &crates {
        let edges = edges(modules);
        problems.extend(layer_problems(name, modules, &edges));
        if !EXCEPTIONS.iter().any(|(exception, _)| exception == name) {
            for circle in circles(&edges) {
                let files: Vec<&str> = circle
                    .iter()
                    .map(|module| modules[*module].file.as_str())
                    .collect();
                let known = KNOWN_CIRCLES
                    .iter()
                    .any(|(of, file, _)| of == name && files.contains(file));
                if !known {
                    problems.push(format!("{name}: a circle of imports: {}", files.join(", ")));
                }
            }
        }
    }
    problems
}

type Edges<'m> = BTreeMap<&'m Vec<String>, BTreeSet<&'m Vec<String>>>;

/// Returns which module uses items of which other ones. Re-exports are followed to the definition.
fn edges(modules: &Modules) -> Edges<'_> {
    let mut edges = Edges::new();
    for (at, module) in modules {
        let targets = module
            .used
            .iter()
            .filter_map(|path| target(modules, at, path, 0))
            .filter(|target| *target != at);
        // A module that passes on the items of its own children does not use them.
        let targets = targets.filter(|target| !target.starts_with(at));
        edges.insert(at, targets.collect());
    }
    edges
}

/// Returns the module that defines the item at `path`, as seen from the module `at`.
fn target<'m>(
    modules: &'m Modules,
    at: &[String],
    path: &[String],
    depth: usize,
) -> Option<&'m Vec<String>> {
    let (mut here, mut rest): (Vec<String>, &[String]) = match path.first()?.as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (at.to_vec(), &path[1..]),
        "super" => (at.to_vec(), path),
        // An import of a child module, as the re-exports of a `mod.rs` are.
        first if modules.contains_key(&[at, &[first.to_owned()]].concat()) => (at.to_vec(), path),
        _ => return None,
    };
    while rest.first().is_some_and(|segment| segment == "super") {
        here.pop()?;
        rest = &rest[1..];
    }
    while let Some((first, more)) = rest.split_first() {
        let child = [&here[..], std::slice::from_ref(first)].concat();
        if modules.contains_key(&child) {
            here = child;
            rest = more;
            continue;
        }
        // Ten re-exports in a row would be a circle of their own.
        if depth < 10
            && let Some(import) = modules.get(&here)?.imports.get(first)
            && let Some(found) = target(modules, &here, import, depth + 1)
        {
            return Some(found);
        }
        break;
    }
    modules.get_key_value(&here).map(|(key, _)| key)
}

fn layer_problems(name: &str, modules: &Modules, edges: &Edges<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    for (_, folder, forbidden) in LAYERS.iter().filter(|(of, ..)| *of == name) {
        for (from, targets) in edges
            .iter()
            .filter(|(from, _)| from.first().is_some_and(|f| f == folder))
        {
            for target in targets {
                if target
                    .first()
                    .is_some_and(|first| forbidden.contains(&first.as_str()))
                {
                    problems.push(format!(
                        "{name}: {} imports {}, but `{folder}` is below it",
                        modules[*from].file, modules[*target].file
                    ));
                }
            }
        }
    }
    problems
}

/// Returns the groups of modules that import each other.
fn circles<'m>(edges: &Edges<'m>) -> Vec<Vec<&'m Vec<String>>> {
    let reachable: BTreeMap<_, BTreeSet<_>> = edges
        .keys()
        .map(|start| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![*start]);
            while let Some(module) = next.pop() {
                next.extend(edges[module].iter().filter(|target| seen.insert(**target)));
            }
            (*start, seen)
        })
        .collect();
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for (module, seen) in &reachable {
        if seen.contains(module) && done.insert(*module) {
            let mut circle = vec![*module];
            for other in seen {
                if reachable[other].contains(module) && done.insert(*other) {
                    circle.push(*other);
                }
            }
            found.push(circle);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            name: format!("crates/hf-cache/src/{path}"),
            text: text.to_owned(),
        }
    }

    #[test]
    fn circles_are_found_through_re_exports() {
        let files = [
            file("lib.rs", "mod a;\nmod b;\n"),
            file("a/mod.rs", "mod inner;\npub use inner::Inner;\n"),
            file("a/inner.rs", "use crate::b::B;\npub struct Inner;\n"),
            file("b.rs", "use crate::a::Inner;\npub struct B;\n"),
        ];
        assert_eq!(
            problems(&files),
            ["hf-cache: a circle of imports: a/inner.rs, b.rs"]
        );
    }

    #[test]
    fn an_import_of_a_layer_above_is_found() {
        let files = [
            file("lib.rs", "mod call;\nmod store;\n"),
            file("call.rs", "pub struct Call;\n"),
            file("store.rs", "fn f() { crate::call::Call; }\n"),
        ];
        assert_eq!(
            problems(&files),
            ["hf-cache: store.rs imports call.rs, but `store` is below it"]
        );
    }
}
