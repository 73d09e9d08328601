//! Values written as YAML of the indented form, as PyYAML writes it, but without folding long lines.

use granit_parser::ScalarStyle;

use crate::value::{Map, Value};
use crate::yaml::scalar::{self, Notation};
use crate::yaml::tree::{Kind, Node};

/// How a document indents, and ends its lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) line_break: &'static str,
    /// How far the dashes of a list stand to the right of its key.
    list_indent: usize,
    /// How far the keys of a map stand to the right of its key.
    map_indent: usize,
}

/// What stands behind an indicator (a colon or a dash), and the lines below.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// With a leading space, unless it is empty.
    pub(crate) inline: String,
    /// Whole lines, each with its line break.
    pub(crate) below: String,
}

impl Style {
    pub(crate) fn new(line_break: &'static str) -> Self {
        Self {
            line_break,
            list_indent: 0,
            map_indent: 2,
        }
    }

    /// Takes over the indentation of a document: that of its first list below a key, and of its first map.
    pub(crate) fn like(mut self, text: &str, root: Option<&Node>) -> Self {
        let (mut list, mut map) = (None, None);
        if let Some(Node {
            kind: Kind::Map {
                flow: false,
                entries,
            },
            ..
        }) = root
        {
            for entry in entries {
                let node = &entry.node;
                // A top-level key stands in the first column.
                let indent = || node.content - super::tree::line_start(text, node.content);
                match node.kind {
                    Kind::List { flow: false, .. } => list = list.or_else(|| Some(indent())),
                    Kind::Map { flow: false, .. } => map = map.or_else(|| Some(indent())),
                    _ => {}
                }
            }
        }
        self.list_indent = list.unwrap_or(self.list_indent);
        self.map_indent = map.filter(|indent| *indent > 0).unwrap_or(self.map_indent);
        self
    }

    /// Writes a value behind a key that stands in column `column`.
    pub(crate) fn entry_value(&self, value: &Value, column: usize, like: ScalarStyle) -> Written {
        match value {
            Value::List(items) if !items.is_empty() => Written {
                inline: String::new(),
                below: self.items(items, column + self.list_indent),
            },
            Value::Map(entries) if !entries.is_empty() => Written {
                inline: String::new(),
                below: self.entries(entries, column + self.map_indent),
            },
            _ => self.scalar(value, column + self.map_indent, like),
        }
    }

    /// Writes a value behind a dash that stands in column `column`.
    pub(crate) fn item_value(&self, value: &Value, column: usize, like: ScalarStyle) -> Written {
        let nested = match value {
            Value::List(items) if !items.is_empty() => self.items(items, column + 2),
            Value::Map(entries) if !entries.is_empty() => self.entries(entries, column + 2),
            _ => return self.scalar(value, column + 2, like),
        };
        // The first line moves up, behind the dash.
        let (first, rest) = nested.split_once(self.line_break).unwrap_or((&nested, ""));
        Written {
            inline: format!(" {}", first.trim_start_matches(' ')),
            below: rest.to_owned(),
        }
    }

    /// Writes entries as whole lines.
    pub(crate) fn entries(&self, entries: &Map, column: usize) -> String {
        let mut text = String::new();
        for (key, value) in entries {
            let key = scalar::write(key, Notation::Block, ScalarStyle::Plain);
            let written = self.entry_value(value, column, ScalarStyle::Plain);
            self.line(&mut text, column, &format!("{key}:"), &written);
        }
        text
    }

    /// Writes items as whole lines.
    pub(crate) fn items(&self, items: &[Value], column: usize) -> String {
        let mut text = String::new();
        for item in items {
            let written = self.item_value(item, column, ScalarStyle::Plain);
            self.line(&mut text, column, "-", &written);
        }
        text
    }

    fn line(&self, text: &mut String, column: usize, start: &str, written: &Written) {
        text.extend(std::iter::repeat_n(' ', column));
        text.push_str(start);
        text.push_str(&written.inline);
        text.push_str(self.line_break);
        text.push_str(&written.below);
    }

    fn scalar(&self, value: &Value, column: usize, like: ScalarStyle) -> Written {
        if let Value::String(text) = value
            && scalar::is_literal(text)
        {
            return self.literal(text, column);
        }
        let text = scalar::scalar(value, Notation::Block, like).unwrap_or_default();
        Written {
            inline: format!(" {text}"),
            below: String::new(),
        }
    }

    /// Writes text of several lines as they are, indented, below a `|`.
    fn literal(&self, text: &str, column: usize) -> Written {
        let (body, chomping) = match text.strip_suffix('\n') {
            Some(body) => (body, ""),
            None => (text, "-"),
        };
        let mut below = String::new();
        for line in body.split('\n') {
            if !line.is_empty() {
                below.extend(std::iter::repeat_n(' ', column));
                below.push_str(line);
            }
            below.push_str(self.line_break);
        }
        Written {
            inline: format!(" |{chomping}"),
            below,
        }
    }
}

/// Writes a value between brackets or braces.
pub(crate) fn flow(value: &Value, like: ScalarStyle) -> String {
    if let Some(text) = scalar::scalar(value, Notation::Flow, like) {
        return text;
    }
    match value {
        Value::List(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| flow(item, ScalarStyle::Plain))
                .collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| flow_entry(key, value))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        _ => String::new(),
    }
}

/// Writes an entry between braces.
pub(crate) fn flow_entry(key: &str, value: &Value) -> String {
    let key = scalar::write(key, Notation::Flow, ScalarStyle::Plain);
    format!("{key}: {}", flow(value, ScalarStyle::Plain))
}
