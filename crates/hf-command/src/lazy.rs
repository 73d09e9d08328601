//! Groups of commands that are built only for the lines that name them.
//!
//! Building and dropping the tree of all commands would be most of what `hf version` does: some 1,500 arguments, each in
//! several allocations.

use std::cell::RefCell;
use std::ffi::OsString;

use clap::error::Error;
use clap::{ArgMatches, Command, FromArgMatches, Subcommand};

thread_local! {
    /// The line that is read; without one, all groups are built.
    static LINE: RefCell<Option<Vec<OsString>>> = const { RefCell::new(None) };
}

/// Builds only the groups of which the line has the name, wherever it stands, while `read` runs.
pub(crate) fn for_line<T>(line: &[OsString], read: impl FnOnce() -> T) -> T {
    /// Also if `read` panics.
    struct Whole;
    impl Drop for Whole {
        fn drop(&mut self) {
            LINE.set(None);
        }
    }
    LINE.set(Some(line.to_vec()));
    let _whole = Whole;
    read()
}

fn is_wanted(group: &str) -> bool {
    LINE.with_borrow(|line| match line {
        Some(line) => line.iter().any(|word| word == group),
        None => true,
    })
}

/// A group of commands. Where it is not wanted, only its name and its description are known.
#[derive(Debug)]
pub(crate) struct Lazy<T>(pub(crate) T);

impl<T: Subcommand> Subcommand for Lazy<T> {
    fn augment_subcommands(command: Command) -> Command {
        if is_wanted(command.get_name()) {
            T::augment_subcommands(command)
        } else {
            command
        }
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        T::augment_subcommands_for_update(command)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

impl<T: FromArgMatches> FromArgMatches for Lazy<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches_mut(matches)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn leaves(line: &[&str]) -> usize {
        fn count(command: &Command) -> usize {
            match command.get_subcommands().map(count).sum() {
                0 => 1,
                leaves => leaves,
            }
        }
        let line: Vec<OsString> = line.iter().map(OsString::from).collect();
        for_line(&line, || count(&crate::Cli::command()))
    }

    #[test]
    fn a_group_is_built_for_the_lines_that_name_it() {
        let none = leaves(&["hf", "version"]);
        assert_eq!(leaves(&["hf", "jobz"]), none);
        assert!(leaves(&["hf", "--format", "json", "jobs", "ls"]) > none + 20);
        assert!(leaves(&["hf", "help", "spaces"]) > none + 20);
        // Outside, there are all.
        let all = crate::Cli::command();
        let groups = all.get_subcommands().filter(|one| one.has_subcommands());
        assert_eq!(groups.count(), 15);
    }
}
