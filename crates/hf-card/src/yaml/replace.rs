//! Replacement of a node as a whole. Comments behind it, and above it, stay.

use granit_parser::ScalarStyle;

use crate::value::Value;
use crate::yaml::edit::{Context, Editor};
use crate::yaml::emit::{self, Written};
use crate::yaml::tree::{Kind, Node, before_comment, line_end, line_start, next_line};

impl Editor<'_> {
    /// Replaces a node by `new`, in the quotes that it has now.
    pub(super) fn replace(&mut self, node: &Node, context: Context, new: &Value) {
        let like = match node.kind {
            Kind::Scalar(style) => style,
            _ => ScalarStyle::Plain,
        };
        match context {
            Context::Flow => self.splice(node.start..node.end, emit::flow(new, like)),
            Context::Entry { after, column } => {
                let written = self.style.entry_value(new, column, like);
                self.replace_block(node, after, written);
            }
            Context::Item { after, column } => {
                let written = self.style.item_value(new, column, like);
                self.replace_block(node, after, written);
            }
        }
    }

    /// Replaces a node behind an indicator that ends at `after`.
    fn replace_block(&mut self, node: &Node, after: usize, written: Written) {
        let Written { inline, below } = written;
        let text = self.text;
        let indicator_line_end = line_end(text, after);
        if node.is_blank() {
            self.splice(after..after, inline);
            let at = next_line(text, after);
            self.splice(at..at, below);
            return;
        }
        let lines = |from: usize| line_start(text, from)..next_line(text, node.end);
        if node.start > indicator_line_end {
            // All of it stands on lines of its own.
            self.splice(after..after, inline);
            self.splice(lines(node.start), below);
        } else if node.is_block_collection() || is_block_scalar(node) {
            if node.content <= indicator_line_end && node.is_block_collection() {
                // `- key: value`: the first line of the map stands behind the dash.
                let line_break = self.style.line_break;
                self.splice(
                    after..next_line(text, node.end),
                    format!("{inline}{line_break}{below}"),
                );
                return;
            }
            // An anchor, a tag or the header of a block scalar stands behind the indicator, and maybe a comment.
            self.splice(after..before_comment(text, node.start), inline);
            let content = next_line(text, node.start);
            let range = if node.is_block_collection() {
                lines(node.content)
            } else if node.end > indicator_line_end {
                content..next_line(text, node.end)
            } else {
                content..content
            };
            self.splice(range, below);
        } else {
            self.splice(after..node.end, inline);
            let at = next_line(text, node.end);
            self.splice(at..at, below);
        }
    }
}

fn is_block_scalar(node: &Node) -> bool {
    matches!(
        node.kind,
        Kind::Scalar(ScalarStyle::Literal | ScalarStyle::Folded)
    )
}
