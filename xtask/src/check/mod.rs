//! The rules that every file of the repository must follow.

mod files;
mod imports;
mod modules;
mod names;
mod panics;
mod prose;

use std::process::Command;

use crate::run::{Result, output, root};

/// A file of the repository.
struct SourceFile {
    /// The path relative to the root of the repository, with `/`.
    name: String,
    text: String,
}

impl SourceFile {
    fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    fn is_prose(&self) -> bool {
        self.has_extension("md")
    }

    fn has_extension(&self, extension: &str) -> bool {
        self.name
            .rsplit_once('.')
            .is_some_and(|(_, found)| found == extension)
    }

    /// The crate in `crates/` whose library this file belongs to, and the path below its `src`.
    fn library_path(&self) -> Option<(&str, &str)> {
        let (name, path) = self.name.strip_prefix("crates/")?.split_once("/src/")?;
        (!name.contains('/')).then_some((name, path))
    }
}

pub(crate) fn run(_args: &[String]) -> Result {
    let listed = output(Command::new("git").arg("ls-files").current_dir(root()))?;
    let mut files = Vec::new();
    for name in listed.lines() {
        let mut file = SourceFile {
            name: name.to_owned(),
            text: String::new(),
        };
        // A file that is listed but was just removed is not part of the tree any more.
        let path = root().join(name);
        if (file.is_rust() || file.is_prose()) && path.exists() {
            file.text =
                std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
            files.push(file);
        }
    }
    let mut problems = files::problems(&files);
    problems.extend(prose::problems(&files));
    problems.extend(names::problems(&files));
    problems.extend(modules::problems(&files));
    problems.extend(panics::problems(&files));
    if problems.is_empty() {
        println!("every file follows the rules");
        Ok(())
    } else {
        Err(format!("\n{}", problems.join("\n")))
    }
}
