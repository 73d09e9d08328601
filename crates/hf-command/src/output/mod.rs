//! What a command prints: its result on stdout, everything else on stderr.

mod args;
mod facts;
mod jq;
mod json;
mod table;

use std::io::{self, IsTerminal as _, Write as _};

use hf_api::{Error, ErrorKind};
use serde::Serialize;
use serde_json::{Value, json};

use args::Color;
pub(crate) use args::OutputArgs;
pub(crate) use facts::Facts;
use jq::Jq;
pub(crate) use json::as_python;
pub(crate) use table::Table;

/// What hints begin with, in errors too.
const HINT: &str = "Hint: ";

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
    /// Whether cells of tables may be shortened.
    truncate: bool,
    /// The fields that were asked for with `--json=FIELDS`.
    fields: Option<&'static [String]>,
    /// The filter that was given with `--jq`.
    jq: Option<Jq>,
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Green,
    Yellow,
    Gray,
    Bold,
    BoldRed,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            mode: Mode::Human,
            color: Color::Auto,
            truncate: true,
            fields: None,
            jq: None,
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
                let facts = facts.iter().map(|(name, value)| (*name, value.clone()));
                self.object(&facts.collect())
            }
            Mode::Quiet => match facts.first() {
                Some((_, value)) => print(&format!("{}\n", json::as_python(value))),
                None => Ok(()),
            },
        }
    }

    /// Prints many things: a table for people, lines of columns for programs, their ids if only those are wanted.
    pub(crate) fn table(self, table: &Table) -> io::Result<()> {
        match self.mode {
            Mode::Human => {
                let width = self.truncate.then(width_of_stdout).flatten();
                let (text, cut) = table.human(width);
                print(&text)?;
                if cut {
                    self.hint("Use `--no-truncate` or `--format json` to display full values.");
                }
                Ok(())
            }
            Mode::Agent => print(&table.tab_separated()),
            Mode::Json => self.objects(table.rows()),
            Mode::Quiet => print(&table.ids()),
        }
    }

    /// Prints all that is known of one thing, as JSON. If only a word is wanted, that is the fact named `id`.
    pub(crate) fn dict(self, facts: &Facts, id: Option<&str>) -> io::Result<()> {
        match (self.mode, id.and_then(|id| facts.get(id))) {
            (Mode::Quiet, Some(id)) => print(&format!("{}\n", as_python(id))),
            (Mode::Human, _) => print(&format!("{}\n", json::to_string_pretty(facts))),
            _ => self.object(facts),
        }
    }

    /// Prints a text as it is; in JSON, as an object whose only field is `name`.
    pub(crate) fn text(self, name: &str, text: &str) -> io::Result<()> {
        match self.mode {
            Mode::Json => self.object(&Facts::from([(name, json!(text))])),
            _ if text.ends_with('\n') => print(text),
            _ => print(&format!("{text}\n")),
        }
    }

    /// Prints an object in JSON, or the fields of it that were asked for.
    pub(crate) fn object(self, facts: &Facts) -> io::Result<()> {
        match self.fields {
            Some(fields) => self.json(&facts.only(fields)),
            None => self.json(facts),
        }
    }

    /// Prints a list of objects in JSON, or the fields of them that were asked for.
    pub(crate) fn objects(self, rows: &[Facts]) -> io::Result<()> {
        match self.fields {
            Some(fields) => {
                let rows = rows.iter().map(|row| row.only(fields));
                self.json(&rows.collect::<Vec<_>>())
            }
            None => self.json(rows),
        }
    }

    /// Prints one line of JSON, or what the filter makes of it.
    fn json(self, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
        let line = json::to_string(value);
        match self.jq {
            Some(filter) => print(&filter.run(&line)?),
            None => print(&format!("{line}\n")),
        }
    }

    /// Says something about the way to the result, unless only the result is wanted.
    pub(crate) fn note(self, text: &str) {
        if !matches!(self.mode, Mode::Quiet | Mode::Json) {
            say(text);
        }
    }

    /// Suggests what to do next.
    pub(crate) fn hint(self, text: &str) {
        self.note(&self.paint(
            Style::Gray,
            &format!("{HINT}{text}"),
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
        say(&line);
    }

    /// Reports why the command failed.
    pub(crate) fn error(self, error: &Error) {
        if self.mode == Mode::Json {
            let mut described = describe(error);
            described["error"]["hint"] = error.hint().into();
            say(&json::to_string(&described));
            return;
        }
        let text = error.to_string();
        let (hints, lines): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with(HINT));
        self.red(&lines.join("\n"));
        // The cause has its own, which may be the same.
        let mut hints: Vec<&str> = hints.iter().map(|line| &line[HINT.len()..]).collect();
        hints.dedup();
        for hint in hints {
            self.hint(hint);
        }
    }

    fn red(self, message: &str) {
        let terminal = io::stderr().is_terminal();
        say(&self.paint(Style::BoldRed, &format!("Error: {message}"), terminal));
    }

    /// Reports wrong usage that only the command itself could see.
    pub(crate) fn wrong_usage(self, message: &str) {
        if self.mode == Mode::Json {
            say(&json::to_string(&describe_usage(message)));
            return;
        }
        self.red(message);
    }

    /// Returns a text that stands out on stdout.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(Style::Bold, text, io::stdout().is_terminal())
    }

    fn paint(self, style: Style, text: &str, terminal: bool) -> String {
        let code = match style {
            Style::Green => "32",
            Style::Yellow => "33",
            Style::Gray => "90",
            Style::Bold => "1",
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

/// The JSON form of wrong usage.
pub(crate) fn describe_usage(message: &str) -> Value {
    json!({"error": {"kind": "Usage", "status": null, "message": message, "hint": null}})
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

/// Returns JSON on one line, as Python writes it.
pub(crate) fn line_of_json(value: &impl Serialize) -> String {
    json::to_string(value)
}

/// The width to which tables are cut: `COLUMNS`, or that of the terminal. There is none where stdout goes elsewhere.
fn width_of_stdout() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok();
    if let Some(columns) = columns.and_then(|columns| columns.parse().ok()) {
        return Some(columns).filter(|columns| *columns > 0);
    }
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(width.into())
}

/// Prints text at once.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes a line to stderr.
pub(crate) fn say(line: &str) {
    write_stderr(&format!("{line}\n"));
}

/// Writes text to stderr at once. Where nobody reads it any more (`2>&1 | head -1`), there is nobody to tell, and
/// `eprint!` would panic.
pub(crate) fn write_stderr(text: &str) {
    let mut err = io::stderr().lock();
    let _closed = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
