//! `--include A B C` of `hf download`.
//!
//! Python's command takes one value per option and makes `B` and `C` names of files, without a word. Here all three are
//! patterns, if the repository was named before: after `--include A` alone, the next word may still be the repository.

use std::ffi::OsString;

use clap::Command;

const COMMAND: &str = "download";
const OPTIONS: [&str; 2] = ["--include", "--exclude"];

/// Returns whether there may be anything to do, without knowing the tree of commands.
pub(crate) fn concerns(line: &[OsString]) -> bool {
    line.iter().any(|word| word == COMMAND)
        && line
            .iter()
            .any(|word| OPTIONS.iter().any(|option| word == option))
}

/// Repeats the option before each of its values.
pub(crate) fn expand(line: Vec<OsString>, root: &Command) -> Vec<OsString> {
    let Some(download) = root.find_subcommand(COMMAND) else {
        return line;
    };
    let takes_value = |command: &Command, word: &str| {
        command.get_arguments().any(|arg| {
            let named = match word.strip_prefix("--") {
                Some(name) => {
                    arg.get_long() == Some(name)
                        || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
                }
                None => word.strip_prefix('-').is_some_and(|short| {
                    arg.get_short().map(String::from).as_deref() == Some(short)
                }),
            };
            let optional = arg.is_require_equals_set();
            named && !optional && arg.get_action().takes_values()
        })
    };
    let mut expanded = Vec::with_capacity(line.len());
    let mut words = line.into_iter().peekable();
    expanded.extend(words.next());
    let (mut inside, mut repository) = (false, false);
    while let Some(word) = words.next() {
        let text = word.to_string_lossy().into_owned();
        if text == "--" {
            expanded.push(word);
            break;
        }
        if !text.starts_with('-') {
            if inside {
                repository = true;
            } else if text == COMMAND {
                inside = true;
            } else {
                // Another command.
                expanded.push(word);
                break;
            }
            expanded.push(word);
            continue;
        }
        expanded.push(word.clone());
        if takes_value(root, &text) || takes_value(download, &text) {
            expanded.extend(words.next());
        }
        if repository && OPTIONS.contains(&text.as_str()) {
            while let Some(value) = words.next_if(|next| !next.to_string_lossy().starts_with('-')) {
                expanded.extend([word.clone(), value]);
            }
        }
    }
    expanded.extend(words);
    expanded
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};

    use super::*;

    #[test]
    fn patterns_follow_their_option_once_the_repository_is_named() {
        let option = |name: &'static str| Arg::new(name).long(name).action(ArgAction::Append);
        let download = Command::new("download").args([
            Arg::new("repo"),
            option("include"),
            option("exclude"),
            option("revision"),
        ]);
        let root = Command::new("hf")
            .arg(Arg::new("quiet").short('q').action(ArgAction::SetTrue))
            .subcommand(download);
        for (line, expected) in [
            (
                "hf download r --include a b c",
                "hf download r --include a --include b --include c",
            ),
            (
                "hf -q download --revision v r --exclude a b -- c",
                "hf -q download --revision v r --exclude a --exclude b -- c",
            ),
            ("hf download --include a r b", "hf download --include a r b"),
            ("hf download r --include=a b", "hf download r --include=a b"),
            ("hf upload r --include a b", "hf upload r --include a b"),
            (
                "hf download r --include a --include b -q",
                "hf download r --include a --include b -q",
            ),
        ] {
            let words = line.split(' ').map(OsString::from).collect();
            let expected: Vec<_> = expected.split(' ').map(OsString::from).collect();
            assert_eq!(expand(words, &root), expected, "{line}");
        }
    }
}
