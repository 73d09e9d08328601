//! The requests of the conformance suite against the Hub's own description
//! of its API.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Result, root};

/// A path of the document: its segments, and what each method takes.
struct Route {
    template: String,
    methods: BTreeMap<String, BTreeSet<String>>,
}

/// `cargo xtask openapi FILE`: every request that our client makes in the
/// suite is looked up in the document. What it does not know is listed; a
/// method that a known path does not have is an error.
pub(crate) fn run(args: &[String]) -> Result {
    let file = args.first().ok_or("which openapi.json?")?;
    let routes = routes(&read(Path::new(file))?);
    let mut words: BTreeSet<&str> = routes
        .iter()
        .flat_map(|route| route.template.split('/'))
        .filter(|part| !part.contains('{'))
        .collect();
    words.extend([
        "kernels",
        "secrets",
        "variables",
        "volumes",
        "like",
        "likers",
        "lfs-files",
    ]);
    let mut found = BTreeSet::new();
    let mut unknown = BTreeSet::new();
    let mut parameters = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    for request in requests()? {
        let (method, path) = (text(&request, "method"), text(&request, "path"));
        if !path.starts_with("/api/") {
            continue;
        }
        let matching: Vec<&Route> = routes.iter().filter(|r| r.matches(path)).collect();
        let known = matching.iter().find_map(|r| {
            r.methods
                .get(&method.to_lowercase())
                .map(|takes| (&r.template, takes))
        });
        match known {
            None if matching.is_empty() => {
                unknown.insert(format!("{method} {}", shape(path, &words)));
            }
            None => {
                wrong.insert(format!("{method} {}", matching[0].template));
            }
            Some((template, takes)) => {
                found.insert(format!("{method} {template}"));
                for pair in request["query"].as_array().into_iter().flatten() {
                    let name = pair[0].as_str().unwrap_or_default();
                    let name = name.trim_end_matches("[]");
                    if !takes.contains(name) {
                        parameters.insert(format!("{method} {template}?{name}"));
                    }
                }
            }
        }
    }
    println!(
        "{} operations of the document are used as it says",
        found.len()
    );
    list("paths it does not know", &unknown);
    list("parameters it does not know", &parameters);
    list("methods it does not know, of paths it knows", &wrong);
    Ok(())
}

fn list(what: &str, items: &BTreeSet<String>) {
    println!("\n{} {what}", items.len());
    for item in items {
        println!("  {item}");
    }
}

fn read(path: &Path) -> Result<Value> {
    let json = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&json).map_err(|error| format!("{}: {error}", path.display()))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn routes(document: &Value) -> Vec<Route> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .map(|(template, item)| {
            let named = |value: &Value| {
                let list = value["parameters"].as_array().cloned().unwrap_or_default();
                list.into_iter()
                    .filter(|p| p["in"] == "query")
                    .map(|p| text(&p, "name").trim_end_matches("[]").to_owned())
                    .collect::<BTreeSet<_>>()
            };
            let shared = named(item);
            let methods = item.as_object().into_iter().flatten();
            Route {
                template: template.clone(),
                methods: methods
                    .map(|(method, of)| (method.clone(), &named(of) | &shared))
                    .collect(),
            }
        })
        .collect()
}

impl Route {
    fn matches(&self, path: &str) -> bool {
        let (mut template, mut path) = (self.template.split('/'), path.split('/'));
        loop {
            match (template.next(), path.next()) {
                // What lies in a repository may have any depth, and be the root.
                (None, None) | (Some("{path}"), _) => return true,
                (Some(wanted), Some(given)) if wanted.contains('{') || wanted == given => {}
                _ => return false,
            }
        }
    }
}

/// A path with `{}` for what the cases chose: all that is a word nowhere in
/// the document, nor the name of a call below a repository.
fn shape(path: &str, words: &BTreeSet<&str>) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if words.contains(part) { part } else { "{}" })
        .collect();
    parts.join("/")
}

/// The requests of all cases, ours where they differ from Python's.
fn requests() -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let mut folders = vec![root().join("tests/conformance/cases")];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut case = read(&path)?;
            let ours = case["ours"]["requests"].take();
            let made = if ours.is_null() {
                case["requests"].take()
            } else {
                ours
            };
            if let Value::Array(made) = made {
                all.extend(made);
            }
        }
    }
    Ok(all)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| format!("{}: {error}", folder.display());
    std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
        .collect()
}
