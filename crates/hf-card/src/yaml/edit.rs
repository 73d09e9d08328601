//! Changes of metadata in place: the text of what stays the same is not touched.
//!
//! The old and the new values are walked side by side, and each difference becomes a replacement of a stretch of text
//! ([`Splice`]). The result is read again and compared with what it should say, so that a change never means anything
//! else than what was asked for.

use std::collections::HashMap;
use std::ops::Range;

use crate::error::{CardErrorKind, Error, Result};
use crate::value::{Map, Value};
use crate::yaml::difference::Difference;
use crate::yaml::emit::Style;
use crate::yaml::parse::parse;
use crate::yaml::span::MAX_DEPTH;
use crate::yaml::tree::{
    Document, Entry, Item, Kind, Node, is_first_on_line, line_start, next_line, skip_blank_lines,
};

/// A stretch of text, and what replaces it.
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) with: String,
}

/// Where a node stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Context {
    /// Behind the colon of a key in column `column`; `after` is the position behind the colon.
    Entry { after: usize, column: usize },
    /// Behind a dash in column `column`; `after` is the position behind the dash.
    Item { after: usize, column: usize },
    /// Between brackets or braces.
    Flow,
}

/// Changes `text`, which is `document`, so that it says `new`.
///
/// # Errors
/// `Entangled` if that cannot be done by changing only what differs; `TooLarge` if `new` is nested too deeply.
pub(crate) fn apply(
    text: &str,
    document: &Document,
    new: &Map,
    style: Style,
) -> Result<(String, Document)> {
    // Counted before anything walks the values recursively.
    if new
        .values()
        .any(|value| value.depth(MAX_DEPTH) >= MAX_DEPTH)
    {
        let message = format!(
            "metadata cannot have more than {MAX_DEPTH} lists and mappings within each other"
        );
        return Err(Error::new(CardErrorKind::TooLarge, message));
    }
    let style = style.like(text, document.root.as_ref());
    // Where the smallest change would say something else, the whole entry is written anew.
    for whole_entries in [false, true] {
        let mut editor = Editor {
            text,
            style,
            whole_entries,
            splices: Vec::new(),
        };
        if editor.root(document, new).is_some()
            && let Some(changed) = editor.finish()
            && let Ok(document) = parse(&changed)
            && document.map == *new
        {
            return Ok((changed, document));
        }
    }
    let changed: Vec<&str> = new
        .iter()
        .filter(|(key, value)| document.map.get(*key) != Some(*value))
        .map(|(key, _)| key.as_str())
        .chain(
            document
                .map
                .keys()
                .map(String::as_str)
                .filter(|key| !new.contains_key(*key)),
        )
        .collect();
    let message = format!(
        "`{}` cannot be changed without changing other metadata, which refers to it",
        changed.join("`, `")
    );
    Err(Error::new(CardErrorKind::Entangled, message)
        .with_hint("replace the aliases (`*name`) by what they stand for"))
}

pub(super) struct Editor<'a> {
    pub(super) text: &'a str,
    pub(super) style: Style,
    /// Whether entries of the top level are replaced as a whole.
    whole_entries: bool,
    pub(super) splices: Vec<Splice>,
}

impl Editor<'_> {
    pub(super) fn splice(&mut self, range: Range<usize>, with: impl Into<String>) {
        let with = with.into();
        if !range.is_empty() || !with.is_empty() {
            self.splices.push(Splice { range, with });
        }
    }

    fn root(&mut self, document: &Document, new: &Map) -> Option<()> {
        let old = &document.map;
        match document.root.as_ref().map(|node| (node, &node.kind)) {
            Some((
                node,
                Kind::Map {
                    flow: false,
                    entries,
                },
            )) => {
                return self.block_map(node, entries, old, new, true);
            }
            Some((
                node,
                Kind::Map {
                    flow: true,
                    entries,
                },
            )) if !new.is_empty() => {
                return self.flow_map(node, entries, old, new);
            }
            Some((node, _)) => self.splice(node.start..node.end, ""),
            None => {}
        }
        self.append(new);
        Some(())
    }

    /// Writes entries at the end.
    fn append(&mut self, entries: &Map) {
        // Blank lines at the end stay there, unless they belong to a block scalar.
        let last = if self.whole_entries {
            self.text
        } else {
            self.text.trim_end()
        };
        let end = next_line(self.text, last.len());
        let entries = self.style.entries(entries, 0);
        self.splice(end..end, entries);
    }

    /// Changes a node from `old` to `new`, as little as possible.
    pub(super) fn edit(&mut self, node: &Node, context: Context, old: &Value, new: &Value) {
        if old == new {
            return;
        }
        let before = self.splices.len();
        let done = match (&node.kind, old, new) {
            _ if self.whole_entries => None,
            (Kind::Map { flow, entries }, Value::Map(old), Value::Map(new)) if !new.is_empty() => {
                match flow {
                    false => self.block_map(node, entries, old, new, false),
                    true => self.flow_map(node, entries, old, new),
                }
            }
            (Kind::List { flow, items }, Value::List(old), Value::List(new)) if !new.is_empty() => {
                match flow {
                    false => self.block_list(node, items, old, new),
                    true => self.flow_list(items, old, new),
                }
            }
            _ => None,
        };
        if done.is_none() {
            self.splices.truncate(before);
            self.replace(node, context, new);
        }
    }

    /// Changes the entries of a map; `None` if it has to be replaced as a whole.
    fn block_map(
        &mut self,
        node: &Node,
        entries: &[Entry],
        old: &Map,
        new: &Map,
        is_root: bool,
    ) -> Option<()> {
        let column = node.content - line_start(self.text, node.content);
        let last = last_entries(entries);
        let is_kept = |entry: &Entry| entry.merges || new.contains_key(&entry.key);
        let mut removed_to = 0;
        for (index, entry) in entries.iter().enumerate() {
            if entry.merges {
                continue;
            }
            match new.get(&entry.key) {
                // Of a key that is there twice, the last counts.
                Some(value) if last[entry.key.as_str()] == index => {
                    let after = entry.colon.map(|colon| colon + 1);
                    let old = &old[&entry.key];
                    if old != value {
                        let context = Context::Entry {
                            after: after?,
                            column,
                        };
                        self.edit(&entry.node, context, old, value);
                    }
                }
                Some(_) => {}
                None if entry.start < removed_to => {}
                None if is_first_on_line(self.text, entry.start) => {
                    let mut end = next_line(self.text, entry.end());
                    if self.whole_entries {
                        // Blank lines below it would belong to a block scalar above it.
                        end = skip_blank_lines(self.text, end);
                    }
                    self.splice(line_start(self.text, entry.start)..end, "");
                }
                // The first entry of a map behind a dash: the next one takes its place.
                None => {
                    let next = entries[index..].iter().find(|entry| is_kept(entry))?;
                    self.splice(entry.start..next.start, "");
                    removed_to = next.start;
                }
            }
        }
        let added: Map = new
            .iter()
            .filter(|(key, value)| {
                !last.contains_key(key.as_str()) && old.get(*key) != Some(*value)
            })
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if added.is_empty() {
        } else if is_root {
            self.append(&added);
        } else {
            let at = next_line(self.text, entries.last()?.end());
            let entries = self.style.entries(&added, column);
            self.splice(at..at, entries);
        }
        Some(())
    }

    /// Changes the items of a list; `None` if it has to be replaced as a whole.
    fn block_list(
        &mut self,
        node: &Node,
        items: &[Item],
        old: &[Value],
        new: &[Value],
    ) -> Option<()> {
        let column = node.content - line_start(self.text, node.content);
        let difference = Difference::of(old, new);
        for index in difference.changed.clone() {
            let item = &items[index];
            let context = Context::Item {
                after: item.dash + 1,
                column,
            };
            self.edit(&item.node, context, &old[index], &new[index]);
        }
        for item in &items[difference.removed] {
            if !is_first_on_line(self.text, item.dash) {
                return None;
            }
            let lines = line_start(self.text, item.dash)..next_line(self.text, item.end());
            self.splice(lines, "");
        }
        if !difference.added.is_empty() {
            let at = match difference.added.start {
                0 if !is_first_on_line(self.text, items.first()?.dash) => return None,
                0 => line_start(self.text, items.first()?.dash),
                before => next_line(self.text, items[before - 1].end()),
            };
            let items = self.style.items(&new[difference.added], column);
            self.splice(at..at, items);
        }
        Some(())
    }

    /// Returns the changed text; `None` if two changes touch the same text.
    fn finish(mut self) -> Option<String> {
        // An insertion goes before what is replaced at the same place; insertions stay in the order that they came in.
        self.splices
            .sort_by_key(|splice| (splice.range.start, splice.range.end));
        let mut changed = String::with_capacity(self.text.len() + 256);
        let mut at = 0;
        for splice in &self.splices {
            changed.push_str(self.text.get(at..splice.range.start)?);
            let whole_lines = splice.with.ends_with(['\n', '\r']);
            if whole_lines
                && splice.range.is_empty()
                && !changed.is_empty()
                && !changed.ends_with(['\n', '\r'])
            {
                changed.push_str(self.style.line_break);
            }
            changed.push_str(&splice.with);
            at = splice.range.end;
        }
        changed.push_str(self.text.get(at..)?);
        Some(changed)
    }
}

/// Returns the last entry of each key.
pub(super) fn last_entries(entries: &[Entry]) -> HashMap<&str, usize> {
    let own = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| !entry.merges);
    own.map(|(index, entry)| (entry.key.as_str(), index))
        .collect()
}
