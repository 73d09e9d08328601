//! The help of `hf call`: its usage, the list of methods, the parameters of one.

use std::io::Write;

use hf_api::ErrorKind;
use hf_api::by_name::{self, CallSpec};

use crate::failure::Failure;

pub(crate) fn usage(out: &mut impl Write) -> Result<(), Failure> {
    writeln!(
        out,
        "Make any call of the Hub by name.\n\n\
         Usage: hf call METHOD [JSON | -] [--jsonl]\n       \
         hf call METHOD --help\n       hf call --list\n\n\
         The arguments are one JSON object with the names of Python's\n\
         huggingface_hub; `-` reads it from stdin. The result is one JSON value\n\
         on stdout. A failure is one line of JSON on stderr.\n\n\
         Options:\n  \
         --jsonl     print each item of a list as one line of JSON as it arrives\n  \
         --list      list all methods\n  \
         -h, --help  show this, or the parameters of METHOD"
    )?;
    Ok(())
}

pub(crate) fn list(out: &mut impl Write) -> Result<(), Failure> {
    let width = by_name::methods()
        .map(|spec| spec.name.len())
        .max()
        .unwrap_or(0);
    for spec in by_name::methods() {
        writeln!(out, "{:width$}  {}", spec.name, spec.summary())?;
    }
    Ok(())
}

pub(crate) fn method(out: &mut impl Write, name: &str) -> Result<(), Failure> {
    let spec = by_name::find(name)?;
    writeln!(out, "{}\n\n{}\n\nArguments:", spec.name, prose(spec.doc))?;
    for param in spec.params {
        let note = match (param.required, param.default) {
            (true, _) => "required".to_owned(),
            (false, Some(default)) => format!("default {default}"),
            (false, None) => "optional".to_owned(),
        };
        entry(out, param.name, param.kind, &note, param.doc)?;
    }
    options(out, spec)
}

fn options(out: &mut impl Write, spec: &CallSpec) -> Result<(), Failure> {
    if spec.timeout {
        let doc = "The maximum number of seconds of each request, including its response.";
        entry(out, "timeout", "number", "optional", doc)?;
    }
    let doc = "The token to send; false sends none, true requires that there is one.";
    entry(out, "token", "string | boolean", "optional", doc)
}

fn entry(
    out: &mut impl Write,
    name: &str,
    kind: &str,
    note: &str,
    doc: &str,
) -> Result<(), Failure> {
    writeln!(out, "  {name}: {kind}  ({note})")?;
    for line in doc.lines() {
        writeln!(out, "      {line}")?;
    }
    Ok(())
}

/// Returns the documentation without Rust examples and links, with the kinds of
/// errors that the command prints.
fn prose(doc: &str) -> String {
    let mut kept = Vec::new();
    let (mut in_example, mut in_errors) = (false, false);
    for line in doc.lines() {
        if line.starts_with("```") {
            in_example = !in_example;
        } else if !in_example {
            let heading = line.strip_prefix("# ");
            in_errors = heading.map_or(in_errors, |heading| heading == "Errors");
            let line = without_links(heading.unwrap_or(line));
            kept.push(if in_errors {
                kinds_by_name(&line)
            } else {
                line
            });
        }
    }
    kept.dedup_by(|a, b| a.is_empty() && b.is_empty());
    kept.join("\n").trim().to_owned()
}

/// Replaces the links of rustdoc by their text: ``[`whoami`](HfApi::whoami)`` by
/// `` `whoami` ``.
fn without_links(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("[`") {
        let (before, link) = rest.split_at(start);
        text.push_str(before);
        let Some(end) = link.find("`]") else {
            rest = link;
            break;
        };
        text.push_str(&link[1..=end]);
        rest = &link[end + 2..];
        if let Some(target) = rest.strip_prefix('(')
            && let Some((_, after)) = target.split_once(')')
        {
            rest = after;
        }
    }
    text + rest
}

/// Names each kind of error as it is printed: some are finer in Rust.
fn kinds_by_name(line: &str) -> String {
    let mut line = line.to_owned();
    for kind in ErrorKind::ALL {
        let printed = kind.python_kind();
        if printed != kind.as_str() {
            let status = match kind {
                ErrorKind::Unauthorized => " (401)",
                ErrorKind::Forbidden => " (403)",
                ErrorKind::Conflict => " (409)",
                ErrorKind::PreconditionFailed => " (412)",
                ErrorKind::RateLimited => " (429)",
                _ => "",
            };
            line = line.replace(&format!("`{kind}`"), &format!("`{printed}`{status}"));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_shown_as_their_text() {
        for (line, shown) in [
            ("after [`whoami`](HfApi::whoami) if", "after `whoami` if"),
            (
                "[`CommitOutcome::Unchanged`] with",
                "`CommitOutcome::Unchanged` with",
            ),
            ("`[{\"key\"}]` and [`a", "`[{\"key\"}]` and [`a"),
            ("plain", "plain"),
        ] {
            assert_eq!(without_links(line), shown);
        }
    }
}
