//! Wrong usage, found before anything is done.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::failure::WRONG_USAGE;
use crate::output;

/// Prints help to stdout, or what is wrong with the line to stderr.
pub(crate) fn report(error: &clap::Error, line: &[OsString]) -> ExitCode {
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if !is_help && wants_json(line) {
        let text = error.render().to_string();
        let message = text.strip_prefix("error: ").unwrap_or(&text).trim();
        output::say(&output::line_of_json(&output::describe_usage(message)));
        return ExitCode::from(WRONG_USAGE);
    }
    // Nobody is left who could learn that stdout or stderr is closed.
    let _ignored = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(WRONG_USAGE))
}

/// The line could not be read, so its formatting options are sought by hand.
fn wants_json(line: &[OsString]) -> bool {
    let words: Vec<_> = line
        .iter()
        .map_while(|word| word.to_str().filter(|word| *word != "--"))
        .collect();
    words
        .iter()
        .any(|word| *word == "--json" || word.starts_with("--json=") || *word == "--format=json")
        || words.windows(2).any(|pair| pair == ["--format", "json"])
}
