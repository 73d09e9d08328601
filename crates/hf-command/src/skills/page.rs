//! The skill `hf-cli`: this command, described for a model from its own tree of commands.

use std::fmt::Write as _;

use clap::{Arg, Command};

const HEAD: &str = "\
---
name: hf-cli
description: \"The hf command for the Hugging Face Hub: download and upload models, datasets and Spaces, and \
manage repositories, buckets, jobs, endpoints, discussions and the local cache. Use it for every task on the Hub.\"
---

`hf` is installed. `hf COMMAND --help` describes a command. `--json` prints results as one line of JSON, and errors as
JSON on stderr; `-q` prints one word a line. Exit statuses: 0 success, 1 failure, 2 wrong usage, 3 not found, 4 no access,
5 network, 130 interrupted. Deletions want `--yes` where nobody can be asked.
";

/// Returns the page: a line for each command, with its arguments and its own options.
pub(super) fn page(hf: &Command) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut page = format!(
        "{HEAD}\nGenerated with `hf-command v{version}`. Run `hf skills add --force` to regenerate.\n\n## Commands\n\n"
    );
    let visible = || {
        hf.get_subcommands()
            .filter(|command| !command.is_hide_set())
    };
    for command in visible().filter(|command| !command.has_subcommands()) {
        leaf(&mut page, "hf", command);
    }
    for group in visible().filter(|command| command.has_subcommands()) {
        let _infallible = write!(
            page,
            "\n### `hf {}` — {}\n\n",
            group.get_name(),
            about(group)
        );
        leaves(&mut page, &format!("hf {}", group.get_name()), group);
    }
    page
}

fn leaves(page: &mut String, path: &str, group: &Command) {
    for command in group
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        if command.has_subcommands() {
            leaves(page, &format!("{path} {}", command.get_name()), command);
        } else {
            leaf(page, path, command);
        }
    }
}

fn leaf(page: &mut String, path: &str, command: &Command) {
    let mut words = format!("{path} {}", command.get_name());
    for argument in command
        .get_positionals()
        .filter(|argument| !argument.is_hide_set())
    {
        let name = argument.get_id().as_str().to_uppercase();
        let name = if argument.is_required_set() {
            name
        } else {
            format!("[{name}]")
        };
        let _infallible = write!(words, " {name}");
    }
    let _infallible = write!(page, "- `{words}` — {}", about(command));
    let named = command.get_arguments().filter(|arg| !arg.is_positional());
    let options: Vec<_> = named.filter_map(option).collect();
    if !options.is_empty() {
        let _infallible = write!(page, " `[{}]`", options.join(" "));
    }
    page.push('\n');
}

fn option(arg: &Arg) -> Option<String> {
    let name = arg.get_long()?;
    let is_common = matches!(name, "help" | "token");
    if is_common || arg.is_hide_set() || arg.is_global_set() {
        return None;
    }
    if !arg.get_action().takes_values() {
        return Some(format!("--{name}"));
    }
    let value = arg.get_value_names().and_then(|names| names.first());
    let value = value.map_or_else(|| name.to_uppercase(), ToString::to_string);
    Some(format!("--{name} {value}"))
}

fn about(command: &Command) -> String {
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    about.lines().next().unwrap_or_default().to_owned()
}
