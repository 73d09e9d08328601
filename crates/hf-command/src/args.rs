//! Options that many commands take.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use hf_api::types::{RepoId, RepoType, RepoVisibility, ValidationError};

/// `--token`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TokenArgs {
    /// A token for this command, in place of the one of the environment or the last login; `-` reads it from stdin.
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    pub(crate) token: Option<String>,
}

/// `--type`, which is also `--repo-type`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RepoTypeArgs {
    /// What kind of repository it is. [default: model]
    #[arg(long = "type", visible_alias = "repo-type", value_name = "TYPE", value_parser = repo_types())]
    pub(crate) repo_type: Option<RepoType>,
}

fn repo_types() -> impl TypedValueParser<Value = RepoType> {
    PossibleValuesParser::new(RepoType::ALL.map(RepoType::as_str))
        .try_map(|name| name.parse::<RepoType>())
}

/// Reads the id of a repository for a call that takes it as text: what no repository can be called is wrong usage.
pub(crate) fn repo_id(text: &str) -> Result<String, ValidationError> {
    text.parse::<RepoId>().map(|_| text.to_owned())
}

/// `--yes`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct YesArgs {
    /// Do not ask.
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// `--dry-run`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct DryRunArgs {
    /// Only say what would be done.
    #[arg(long, overrides_with = "no_dry_run")]
    pub(crate) dry_run: bool,
    #[arg(long, hide = true)]
    no_dry_run: bool,
}

/// `--private`, `--no-private`, or neither.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct PrivateArgs {
    /// Make it private. `--no-private` makes it public; without either, the default of the namespace applies.
    #[arg(long, overrides_with = "no_private")]
    private: bool,
    #[arg(long, hide = true)]
    no_private: bool,
}

impl PrivateArgs {
    /// Returns whether it shall be private, if that was said.
    pub(crate) fn private(self) -> Option<bool> {
        match (self.private, self.no_private) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

/// `--exist-ok`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ExistOkArgs {
    /// Do not fail if it exists.
    #[arg(long, overrides_with = "no_exist_ok")]
    pub(crate) exist_ok: bool,
    #[arg(long, hide = true)]
    no_exist_ok: bool,
}

/// `--missing-ok`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct MissingOkArgs {
    /// Do not fail if it does not exist.
    #[arg(long, overrides_with = "no_missing_ok")]
    pub(crate) missing_ok: bool,
    #[arg(long, hide = true)]
    no_missing_ok: bool,
}

/// `--private`, `--public`, `--protected`, or none of them.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct VisibilityArgs {
    #[command(flatten)]
    private: PrivateArgs,
    /// Make it public.
    #[arg(long, conflicts_with_all = ["private", "protected"])]
    public: bool,
    /// Make it protected: everybody sees the app, only its owner the files. Spaces only.
    #[arg(long, conflicts_with = "private")]
    protected: bool,
}

impl VisibilityArgs {
    /// Returns the visibility, if one was asked for.
    pub(crate) fn visibility(self) -> Option<RepoVisibility> {
        match self.private.private() {
            Some(true) => Some(RepoVisibility::Private),
            _ if self.protected => Some(RepoVisibility::Protected),
            Some(false) => Some(RepoVisibility::Public),
            None if self.public => Some(RepoVisibility::Public),
            None => None,
        }
    }
}

/// `--revision`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RevisionArgs {
    /// The branch, tag, pull request (`refs/pr/1`) or commit. [default: main]
    #[arg(long)]
    pub(crate) revision: Option<String>,
}
