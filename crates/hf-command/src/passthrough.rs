//! Commands that hand words on to another program: `hf jobs run IMAGE COMMAND...` and its relatives.
//!
//! Python's `hf` takes options of its own wherever they stand, also among the words of the other program, and documents
//! lines such as `hf jobs uv run script.py --with pandas`. The same lines work here: long options that the command knows
//! are moved before the image or the script, with a warning that names them. Short options and unknown ones are handed on,
//! and so is everything after `--`.

use std::ffi::OsString;

use clap::{Arg, Command};

/// A command that hands words on.
struct HandsOn {
    path: &'static [&'static str],
    /// The number of arguments before the words.
    before: usize,
    /// Whether its options are taken from among the words.
    takes: bool,
}

const fn hands_on(path: &'static [&'static str], before: usize, takes: bool) -> HandsOn {
    HandsOn {
        path,
        before,
        takes,
    }
}

const COMMANDS: [HandsOn; 5] = [
    hands_on(&["jobs", "run"], 1, true),
    hands_on(&["jobs", "uv", "run"], 1, true),
    hands_on(&["jobs", "scheduled", "run"], 2, true),
    hands_on(&["jobs", "scheduled", "uv", "run"], 2, true),
    hands_on(&["extensions", "exec"], 1, false),
];

/// Puts the options of such a command in front, and returns those that stood among the words to be handed on.
pub(crate) fn arrange(
    line: Vec<OsString>,
    hf: impl FnOnce() -> Command,
) -> (Vec<OsString>, Vec<String>) {
    let found = COMMANDS
        .iter()
        .find_map(|one| Some((after_path(&line, one.path)?, one)));
    let Some((
        start,
        HandsOn {
            path,
            before,
            takes,
        },
    )) = found
    else {
        return (line, Vec::new());
    };
    let hf = hf();
    let mut command = &hf;
    for name in *path {
        match command.find_subcommand(name) {
            Some(found) => command = found,
            None => return (line, Vec::new()),
        }
    }
    // Options of the root are global.
    let known: Vec<&Arg> = command.get_arguments().chain(hf.get_arguments()).collect();
    let (head, rest) = line.split_at(start);
    let mut arranged = Arranged::default();
    arranged.read(rest, &known, *before, *takes);
    let mut line = head.to_vec();
    line.extend(arranged.options);
    line.extend(arranged.positionals);
    if !arranged.words.is_empty() {
        line.push("--".into());
        line.extend(arranged.words);
    }
    (line, arranged.taken)
}

/// Returns the index behind the names of a command; options of the root may stand between them.
fn after_path(line: &[OsString], path: &[&str]) -> Option<usize> {
    let mut names = path.iter();
    let mut next = names.next();
    let mut at = 1;
    while let Some(name) = next {
        let word = line.get(at)?.to_str()?;
        at += 1;
        if word == *name {
            next = names.next();
        } else if word == "--format" || word == "--color" {
            at += 1;
        } else if !word.starts_with('-') {
            return None;
        }
    }
    Some(at)
}

#[derive(Default)]
struct Arranged {
    options: Vec<OsString>,
    positionals: Vec<OsString>,
    words: Vec<OsString>,
    taken: Vec<String>,
}

impl Arranged {
    fn read(&mut self, rest: &[OsString], known: &[&Arg], before: usize, takes: bool) {
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                let all = rest.by_ref().cloned();
                let missing = before.saturating_sub(self.positionals.len());
                let mut all: Vec<_> = all.collect();
                let words = all.split_off(missing.min(all.len()));
                self.positionals.extend(all);
                self.words.extend(words);
                return;
            }
            let is_among_words = self.positionals.len() == before;
            let (is_option, takes_next) = match word.to_str() {
                Some(text) if is_among_words && takes => long(text, known),
                Some(_) if is_among_words => (false, false),
                Some(text) if text.starts_with("--") => (true, long(text, known).1),
                Some(text) if text.len() > 1 && text.starts_with('-') => (true, short(text, known)),
                _ => (false, false),
            };
            if !is_option {
                let list = if is_among_words {
                    &mut self.words
                } else {
                    &mut self.positionals
                };
                list.push(word.clone());
                continue;
            }
            if is_among_words {
                let name = word.to_string_lossy();
                self.taken
                    .push(name.split('=').next().unwrap_or_default().to_owned());
            }
            self.options.push(word.clone());
            if takes_next {
                self.options.extend(rest.next().cloned());
            }
        }
    }
}

/// Returns whether a word is a known long option, and whether its value is the next word.
fn long(text: &str, known: &[&Arg]) -> (bool, bool) {
    let Some(text) = text.strip_prefix("--") else {
        return (false, false);
    };
    let name = text.split('=').next().unwrap_or_default();
    let is_it = |arg: &&&Arg| {
        arg.get_long() == Some(name)
            || arg
                .get_all_aliases()
                .is_some_and(|aliases| aliases.contains(&name))
    };
    match known.iter().find(is_it) {
        Some(arg) => (true, takes_value(arg) && !text.contains('=')),
        None => (matches!(name, "help"), false),
    }
}

/// Returns whether the value of a word of short options is the next word.
fn short(text: &str, known: &[&Arg]) -> bool {
    let mut letters = text[1..].chars();
    while let Some(letter) = letters.next() {
        let arg = known.iter().find(|arg| arg.get_short() == Some(letter));
        if arg.is_some_and(|arg| takes_value(arg)) {
            return letters.as_str().is_empty();
        }
    }
    false
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values() && !arg.is_require_equals_set()
}

/// Tells which options were taken from among the words.
pub(crate) fn warning(taken: &[String]) -> String {
    format!(
        "{} is taken as an option of `hf`, not of the command; `--` before the command hands it on",
        taken.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use clap::ArgAction;

    use super::*;

    fn hf() -> Command {
        let run = Command::new("run")
            .arg(Arg::new("timeout").long("timeout"))
            .arg(Arg::new("env").short('e').long("env"))
            .arg(
                Arg::new("detach")
                    .short('d')
                    .long("detach")
                    .action(ArgAction::SetTrue),
            );
        let json = Arg::new("json")
            .long("json")
            .num_args(0..=1)
            .require_equals(true);
        Command::new("hf")
            .arg(json)
            .subcommand(Command::new("jobs").subcommand(run))
    }

    fn arranged(line: &str) -> (String, String) {
        let line = line.split(' ').map(OsString::from).collect();
        let (line, taken) = arrange(line, hf);
        let line: Vec<_> = line.iter().map(|word| word.to_string_lossy()).collect();
        (line.join(" "), taken.join(" "))
    }

    #[test]
    fn options_may_stand_anywhere() {
        for (line, expected, taken) in [
            ("hf jobs run img ls", "hf jobs run img -- ls", ""),
            (
                "hf jobs run img ls -la --color",
                "hf jobs run img -- ls -la --color",
                "",
            ),
            (
                "hf jobs run img python x.py --timeout 10 -q",
                "hf jobs run --timeout 10 img -- python x.py -q",
                "--timeout",
            ),
            (
                "hf jobs run -e A=1 -d img x --json",
                "hf jobs run -e A=1 -d --json img -- x",
                "--json",
            ),
            (
                "hf jobs run -de A=1 img x",
                "hf jobs run -de A=1 img -- x",
                "",
            ),
            ("hf jobs run -eA=1 img x", "hf jobs run -eA=1 img -- x", ""),
            (
                "hf jobs run img --detach x",
                "hf jobs run --detach img -- x",
                "--detach",
            ),
            (
                "hf jobs run img -- x --timeout 10",
                "hf jobs run img -- x --timeout 10",
                "",
            ),
            (
                "hf jobs run -- img x --detach",
                "hf jobs run img -- x --detach",
                "",
            ),
            (
                "hf --json jobs run img x",
                "hf --json jobs run img -- x",
                "",
            ),
            ("hf jobs run", "hf jobs run", ""),
            ("hf jobs run --timeout", "hf jobs run --timeout", ""),
            ("hf jobs ls --timeout x", "hf jobs ls --timeout x", ""),
            ("hf", "hf", ""),
        ] {
            assert_eq!(
                arranged(line),
                (expected.to_owned(), taken.to_owned()),
                "{line}"
            );
        }
    }
}
