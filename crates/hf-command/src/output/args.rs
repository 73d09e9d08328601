//! The options that say how results are printed.

use clap::{Args, ValueEnum};

use super::jq::Jq;
use super::{Mode, Output};

/// The options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Formatting options")]
pub(crate) struct OutputArgs {
    /// How results are printed. `auto` is `human`.
    #[arg(long, value_enum, default_value_t = Format::Auto, global = true)]
    format: Format,
    /// Print results as JSON, or only these fields of them (`--json=id,likes`).
    #[arg(
        long,
        global = true,
        value_name = "FIELDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["format", "quiet"]
    )]
    json: Option<String>,
    /// Print what this filter in the language of jq makes of the JSON (`--jq '.[].id'`); texts without quotes.
    #[arg(long, global = true, value_name = "FILTER", value_parser = Jq::parse, conflicts_with = "quiet")]
    jq: Option<Jq>,
    /// Print only the essential part of results; the same as `--format quiet`.
    #[arg(short, long, global = true, conflicts_with = "format")]
    quiet: bool,
    /// Do not shorten the cells of tables.
    #[arg(long, global = true)]
    no_truncate: bool,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Auto,
    Human,
    Agent,
    Json,
    Quiet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl OutputArgs {
    pub(crate) fn output(&self) -> Output {
        let mode = match self.format {
            _ if self.json.is_some() || self.jq.is_some() => Mode::Json,
            _ if self.quiet => Mode::Quiet,
            Format::Auto | Format::Human => Mode::Human,
            Format::Agent => Mode::Agent,
            Format::Json => Mode::Json,
            Format::Quiet => Mode::Quiet,
        };
        Output {
            mode,
            color: self.color,
            truncate: !self.no_truncate,
            jq: self.jq,
            fields: self.json.as_deref().and_then(fields),
        }
    }
}

/// The names in `a,b`. They are needed to the end of the process, and never change.
fn fields(list: &str) -> Option<&'static [String]> {
    let names: Vec<String> = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    (!names.is_empty()).then(|| &*names.leak())
}
