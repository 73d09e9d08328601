//! What a command prints: its result on stdout, everything else on stderr.

mod json;

use std::io::{self, IsTerminal as _, Write as _};

use clap::{Args, ValueEnum};
use hf_api::{Error, ErrorKind};
use serde_json::{Map, Value, json};

/// The options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Formatting options")]
pub(crate) struct OutputArgs {
    /// How results are printed. `auto` is `human`.
    #[arg(long, value_enum, default_value_t = Format::Auto, global = true)]
    format: Format,
    /// Print results as JSON; the same as `--format json`.
    #[arg(long, global = true, conflicts_with_all = ["format", "quiet"])]
    json: bool,
    /// Print only the essential part of results; the same as `--format quiet`.
    #[arg(short, long, global = true, conflicts_with = "format")]
    quiet: bool,
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
enum Color {
    Auto,
    Always,
    Never,
}

/// Whom the result is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A person at a terminal.
    Human,
    /// A program that reads text.
    Agent,
    /// A program that reads JSON.
    Json,
    /// A script that wants one word.
    Quiet,
}

/// The printer of one command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) mode: Mode,
    color: Color,
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Green,
    Yellow,
    Gray,
    BoldRed,
}

impl OutputArgs {
    pub(crate) fn output(&self) -> Output {
        let mode = match self.format {
            _ if self.json => Mode::Json,
            _ if self.quiet => Mode::Quiet,
            Format::Auto | Format::Human => Mode::Human,
            Format::Agent => Mode::Agent,
            Format::Json => Mode::Json,
            Format::Quiet => Mode::Quiet,
        };
        Output {
            mode,
            color: self.color,
        }
    }
}

impl Output {
    /// Prints what a command did and found. Facts that are `null` are only in the JSON.
    pub(crate) fn result(self, message: &str, facts: &[(&str, Value)]) -> io::Result<()> {
        let known = facts.iter().filter(|(_, value)| !value.is_null());
        match self.mode {
            Mode::Human => {
                let mark = self.paint(
                    Style::Green,
                    &format!("✓ {message}"),
                    io::stdout().is_terminal(),
                );
                let mut text = format!("{mark}\n");
                for (name, value) in known {
                    text.extend(["  ", name, ": ", &json::as_python(value), "\n"]);
                }
                print(&text)
            }
            Mode::Agent => {
                let pairs: Vec<_> = known
                    .map(|(name, value)| format!("{name}={}", json::as_python(value)))
                    .collect();
                let text = if pairs.is_empty() {
                    message.to_owned()
                } else {
                    pairs.join(" ")
                };
                print(&format!("{text}\n"))
            }
            Mode::Json => {
                let object: Map<_, _> = facts
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect();
                print_json(&Value::Object(object))
            }
            Mode::Quiet => match facts.first() {
                Some((_, value)) => print(&format!("{}\n", json::as_python(value))),
                None => Ok(()),
            },
        }
    }

    /// Says something about the way to the result, unless only the result is wanted.
    pub(crate) fn note(self, text: &str) {
        if !matches!(self.mode, Mode::Quiet | Mode::Json) {
            eprintln!("{text}");
        }
    }

    /// Suggests what to do next.
    pub(crate) fn hint(self, text: &str) {
        self.note(&self.paint(
            Style::Gray,
            &format!("Hint: {text}"),
            io::stderr().is_terminal(),
        ));
    }

    /// Warns, in every mode.
    pub(crate) fn warn(self, text: &str) {
        let line = self.paint(
            Style::Yellow,
            &format!("Warning: {text}"),
            io::stderr().is_terminal(),
        );
        eprintln!("{line}");
    }

    /// Reports why the command failed.
    pub(crate) fn error(self, error: &Error) {
        if self.mode == Mode::Json {
            let mut described = describe(error);
            described["error"]["hint"] = error.hint().into();
            eprintln!("{}", json::to_string(&described));
            return;
        }
        let terminal = io::stderr().is_terminal();
        eprintln!(
            "{}",
            self.paint(Style::BoldRed, &format!("Error: {error}"), terminal)
        );
        if let Some(hint) = error.hint() {
            self.hint(hint);
        }
    }

    fn paint(self, style: Style, text: &str, terminal: bool) -> String {
        let code = match style {
            Style::Green => "32",
            Style::Yellow => "33",
            Style::Gray => "90",
            Style::BoldRed => "1;31",
        };
        let wanted = match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                self.mode == Mode::Human && terminal && !no_color
            }
        };
        if wanted {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The JSON form of an error.
pub(crate) fn describe(error: &Error) -> Value {
    let status = match error.kind() {
        ErrorKind::Validation => None,
        _ => error.status().map(|status| status.as_u16()),
    };
    json!({"error": {
        "kind": error.kind().python_kind(),
        "status": status,
        "message": error.to_string(),
    }})
}

/// Prints one line of JSON.
pub(crate) fn print_json(value: &Value) -> io::Result<()> {
    print(&format!("{}\n", json::to_string(value)))
}

/// Prints text at once.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
