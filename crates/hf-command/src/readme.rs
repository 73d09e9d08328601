//! The table of commands in the README is that of the commands.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Command, CommandFactory as _};

    const README: &str = include_str!("../README.md");

    /// A row of the table.
    struct Row {
        names: Vec<&'static str>,
        status: &'static str,
        note: &'static str,
    }

    fn rows() -> Vec<Row> {
        let table = README
            .split("| command | | |\n|---|---|---|\n")
            .nth(1)
            .unwrap();
        let lines = table.lines().take_while(|line| line.starts_with('|'));
        lines
            .map(|line| {
                let mut cells = line.trim_matches('|').split('|').map(str::trim);
                let names = cells.next().unwrap().split(", ");
                Row {
                    names: names.map(|name| name.trim_matches('`')).collect(),
                    status: cells.next().unwrap(),
                    note: cells.next().unwrap(),
                }
            })
            .collect()
    }

    /// The commands that Python's does not have.
    fn beyond() -> BTreeSet<&'static str> {
        let table = README
            .split("Beyond Python's:\n\n| command | |\n|---|---|\n")
            .nth(1)
            .unwrap();
        let lines = table.lines().take_while(|line| line.starts_with('|'));
        lines.map(|line| line.split('`').nth(1).unwrap()).collect()
    }

    fn find<'a>(root: &'a Command, path: &str) -> Option<&'a Command> {
        path.split(' ')
            .try_fold(root, |command, word| command.find_subcommand(word))
    }

    /// A command that is not here takes any words, and says why.
    fn only_says_why(command: &Command) -> bool {
        command.get_arguments().any(|arg| arg.get_id() == "_words")
    }

    fn leaves(command: &Command, path: &str, found: &mut BTreeSet<String>) {
        for child in command.get_subcommands() {
            let path = format!("{path} {}", child.get_name());
            if child.has_subcommands() {
                leaves(child, &path, found);
            } else if !only_says_why(child) {
                found.insert(path.trim().to_owned());
            }
        }
    }

    #[test]
    fn every_command_of_python_is_in_the_table_and_every_command_here_in_a_table() {
        let root = crate::Cli::command();
        let rows = rows();
        let names: BTreeSet<&str> = rows.iter().map(|row| row.names[0]).collect();
        assert_eq!((rows.len(), names.len()), (158, 158));
        let mut wrong = Vec::new();
        for row in &rows {
            let name = row.names[0];
            match row.status {
                "not here" => {
                    if find(&root, name).is_some_and(|command| !only_says_why(command)) {
                        wrong.push(format!("{name} is here"));
                    }
                }
                "same" | "better" => {
                    let found = find(&root, name);
                    if found.is_none_or(Command::has_subcommands) {
                        wrong.push(format!("{name} is not here"));
                    }
                    let group = name.rsplit_once(' ').map_or("", |(group, _)| group);
                    for alias in &row.names[1..] {
                        if find(&root, format!("{group} {alias}").trim()).is_none() {
                            wrong.push(format!("{name} is not {alias}"));
                        }
                    }
                }
                other => wrong.push(format!("{name}: {other}")),
            }
            if row.status != "same" && row.note.is_empty() {
                wrong.push(format!("{name}: no reason"));
            }
        }
        let mut known = BTreeSet::new();
        leaves(&root, "", &mut known);
        let beyond = beyond();
        for name in &known {
            let is_listed = names.contains(name.as_str()) || beyond.contains(name.as_str());
            if !is_listed {
                wrong.push(format!("{name} is in no table"));
            }
        }
        for name in beyond {
            if !known.contains(name) {
                wrong.push(format!("{name} does not exist"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn the_totals_are_those_of_the_table() {
        let count = |status| rows().iter().filter(|row| row.status == status).count();
        let sentence = format!(
            "{} are the same, {} are better, {} are not here.",
            count("same"),
            count("better"),
            count("not here")
        );
        assert!(README.contains(&sentence), "{sentence}");
    }
}
