//! Changes between brackets and braces.

use std::ops::Range;

use granit_parser::ScalarStyle;

use crate::value::{Map, Value};
use crate::yaml::difference::Difference;
use crate::yaml::edit::{Context, Editor, last_entries};
use crate::yaml::emit;
use crate::yaml::tree::{Entry, Item, Node};

impl Editor<'_> {
    /// Changes the items of a list; `None` if it has to be replaced as a whole.
    pub(super) fn flow_list(&mut self, items: &[Item], old: &[Value], new: &[Value]) -> Option<()> {
        let difference = Difference::of(old, new);
        for index in difference.changed.clone() {
            self.edit(&items[index].node, Context::Flow, &old[index], &new[index]);
        }
        let spans: Vec<Range<usize>> = items
            .iter()
            .map(|item| item.node.start..item.node.end)
            .collect();
        self.remove_between_commas(&spans, difference.removed)?;
        let added: Vec<String> = new[difference.added.clone()]
            .iter()
            .map(|value| emit::flow(value, ScalarStyle::Plain))
            .collect();
        self.add_between_commas(&spans, difference.added.start, &added)
    }

    pub(super) fn flow_map(
        &mut self,
        node: &Node,
        entries: &[Entry],
        old: &Map,
        new: &Map,
    ) -> Option<()> {
        let last = last_entries(entries);
        let spans: Vec<Range<usize>> = entries
            .iter()
            .map(|entry| entry.start..entry.end())
            .collect();
        let mut removed = 0..0;
        for (index, entry) in entries.iter().enumerate() {
            if entry.merges {
                continue;
            }
            match new.get(&entry.key) {
                Some(value) if last[entry.key.as_str()] == index => {
                    let old = &old[&entry.key];
                    if old == value {
                    } else if entry.node.is_blank() {
                        let colon = if entry.colon.is_some() { " " } else { ": " };
                        let value = emit::flow(value, ScalarStyle::Plain);
                        self.splice(entry.end()..entry.end(), format!("{colon}{value}"));
                    } else {
                        self.edit(&entry.node, Context::Flow, old, value);
                    }
                }
                Some(_) => {}
                // Stretches of removed entries share commas: each is removed at once.
                None if removed.end == index => removed.end = index + 1,
                None => {
                    self.remove_between_commas(&spans, removed)?;
                    removed = index..index + 1;
                }
            }
        }
        self.remove_between_commas(&spans, removed)?;
        let added: Vec<String> = new
            .iter()
            .filter(|(key, value)| {
                !last.contains_key(key.as_str()) && old.get(*key) != Some(*value)
            })
            .map(|(key, value)| emit::flow_entry(key, value))
            .collect();
        if spans.is_empty() && !added.is_empty() {
            let inside = node.content + 1;
            self.splice(inside..inside, added.join(", "));
            return Some(());
        }
        self.add_between_commas(&spans, spans.len(), &added)
    }

    /// Removes items between brackets or braces, and the commas that they leave.
    fn remove_between_commas(
        &mut self,
        spans: &[Range<usize>],
        removed: Range<usize>,
    ) -> Option<()> {
        if removed.is_empty() {
            return Some(());
        }
        let range = match (spans.get(removed.end), removed.start.checked_sub(1)) {
            (Some(next), _) => spans[removed.start].start..next.start,
            (None, Some(before)) => spans[before].end..spans[removed.end - 1].end,
            (None, None) => return None,
        };
        self.splice(range, "");
        Some(())
    }

    /// Adds items before the one at `index`.
    fn add_between_commas(
        &mut self,
        spans: &[Range<usize>],
        index: usize,
        added: &[String],
    ) -> Option<()> {
        if added.is_empty() {
            return Some(());
        }
        let items = added.join(", ");
        if let Some(before) = index.checked_sub(1) {
            let at = spans.get(before)?.end;
            self.splice(at..at, format!(", {items}"));
        } else {
            let at = spans.first()?.start;
            self.splice(at..at, format!("{items}, "));
        }
        Some(())
    }
}
