//! The options of lists.

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Args, value_parser};

use super::files::Layout;

/// Number of repositories that are listed unless `--limit` says otherwise.
const DEFAULT_LIMIT: &str = "30";

/// The options of `hf models ls`, `hf datasets ls` and `hf spaces ls`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// List the files of this repository. Without it, repositories are listed.
    #[arg(value_parser = crate::args::repo_id, add = clap_complete::engine::ArgValueCompleter::new(crate::completion::cached_repos))]
    pub(crate) repo_id: Option<String>,
    /// List repositories that match these words.
    #[arg(long, conflicts_with = "repo_id")]
    pub(crate) search: Option<String>,
    /// List repositories of this user or organization.
    #[arg(long, conflicts_with = "repo_id")]
    pub(crate) author: Option<String>,
    /// List repositories with this tag, such as `text-classification`. May be repeated.
    #[arg(long, conflicts_with = "repo_id")]
    pub(crate) filter: Vec<String>,
    /// The greatest number of repositories to list.
    #[arg(long, conflicts_with = "repo_id", default_value = DEFAULT_LIMIT, value_parser = value_parser!(u64).range(1..).map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)))]
    pub(crate) limit: usize,
    /// Show sizes of files as `2.0 KB`, and short dates.
    #[arg(long, short = 'h', requires = "repo_id")]
    human_readable: bool,
    /// Show the files as a tree.
    #[arg(long, requires = "repo_id")]
    tree: bool,
    /// List the files of folders, too.
    #[arg(long, short = 'R', requires = "repo_id")]
    pub(crate) recursive: bool,
    /// The branch, tag, pull request (`refs/pr/1`) or commit whose files are listed.
    #[arg(long, requires = "repo_id", add = clap_complete::engine::ArgValueCompleter::new(crate::completion::cached_revisions))]
    pub(crate) revision: Option<String>,
    #[command(flatten)]
    pub(crate) token: crate::args::TokenArgs,
    /// Print help.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

impl ListArgs {
    pub(crate) fn layout(&self) -> Layout {
        Layout {
            human_readable: self.human_readable,
            tree: self.tree,
            recursive: self.recursive,
        }
    }
}

/// Accepts the keys that a list can be sorted by.
pub(crate) fn sort_parser<T: AsRef<str>>(known: &'static [T]) -> PossibleValuesParser {
    PossibleValuesParser::new(known.iter().map(AsRef::as_ref))
}

/// Suggests values, and takes others, too: the Hub may know more.
pub(crate) fn soft_choices<T: AsRef<str> + Sync>(known: &'static [T]) -> SoftChoices {
    SoftChoices(known.iter().map(AsRef::as_ref).collect())
}

#[derive(Debug, Clone)]
pub(crate) struct SoftChoices(Vec<&'static str>);

impl TypedValueParser for SoftChoices {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

/// Accepts the properties that a call can be asked for.
pub(crate) fn expand_parser<T: AsRef<str>>(known: &'static [T]) -> PossibleValuesParser {
    PossibleValuesParser::new(known.iter().map(AsRef::as_ref))
}
