//! Listings of files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::failure::{Done, Failure};
use crate::output::{Facts, Mode, Output, Table, print};

/// How files are listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) human_readable: bool,
    pub(crate) tree: bool,
    pub(crate) recursive: bool,
}

/// A file or folder.
struct Item<'a> {
    path: &'a str,
    /// `None` for a folder.
    size: Option<u64>,
    date: Option<&'a str>,
}

impl<'a> Item<'a> {
    fn of(value: &'a Value) -> Self {
        let is_folder = value.get("tree_id").is_some()
            || value.get("type").is_some_and(|kind| kind == "directory");
        let date = value
            .pointer("/last_commit/date")
            .or_else(|| value.get("mtime").filter(|time| !time.is_null()))
            .or_else(|| value.get("uploaded_at"));
        Self {
            path: value["path"].as_str().unwrap_or_default(),
            size: (!is_folder).then(|| value["size"].as_u64().unwrap_or_default()),
            date: date.and_then(Value::as_str),
        }
    }

    fn size(&self, human_readable: bool) -> String {
        match self.size {
            None => String::new(),
            Some(size) if human_readable => readable(size),
            Some(size) => size.to_string(),
        }
    }

    fn date(&self, human_readable: bool) -> String {
        let Some(date) = self.date.filter(|date| date.len() >= 19 && date.is_ascii()) else {
            return String::new();
        };
        if human_readable {
            const MONTHS: [&str; 12] = [
                "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            ];
            let month = date[5..7].parse::<usize>().ok();
            let month = month.and_then(|month| MONTHS.get(month.checked_sub(1)?));
            return format!(
                "{} {} {}",
                month.unwrap_or(&"???"),
                &date[8..10],
                &date[11..16]
            );
        }
        format!("{} {}", &date[..10], &date[11..19])
    }
}

/// Prints files and folders; in JSON, these fields of them.
pub(crate) fn print_files(
    items: &[Value],
    fields: &[&str],
    layout: Layout,
    output: Output,
) -> Done {
    if layout.tree && output.mode == Mode::Json {
        return Err(Failure::usage("--tree cannot be used with JSON"));
    }
    let known: Vec<_> = items.iter().map(Item::of).collect();
    let has_folders = known.iter().any(|item| item.size.is_none());
    match output.mode {
        Mode::Json => {
            let mut table = Table::new([""; 0], "path");
            for item in items {
                table.push(Facts::fields(item, fields));
            }
            output.table(&table)?;
        }
        Mode::Quiet if items.is_empty() => {}
        _ if items.is_empty() => print("(empty)\n")?,
        Mode::Quiet if !layout.tree => print_lines(known.iter().map(path))?,
        _ if layout.tree => print_lines(tree(&known, layout.human_readable, output.mode))?,
        _ => {
            let line = |item: &Item<'_>| {
                let (size, date) = (
                    item.size(layout.human_readable),
                    item.date(layout.human_readable),
                );
                format!("{size:>12}  {date:>19}  {}", path(item))
            };
            print_lines(known.iter().map(line))?;
        }
    }
    if has_folders && !layout.recursive {
        output.hint("-R lists the files of folders, too");
    }
    Ok(())
}

fn print_lines(lines: impl IntoIterator<Item = String>) -> std::io::Result<()> {
    // A name from the Hub must not move the cursor, nor be two lines.
    let shown = |line: String| -> String {
        let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        line.chars().map(visible).chain(['\n']).collect()
    };
    print(&lines.into_iter().map(shown).collect::<String>())
}

fn path(item: &Item<'_>) -> String {
    let slash = if item.size.is_none() { "/" } else { "" };
    format!("{}{slash}", item.path)
}

/// `13 B`, `2.0 KB`, `5.1 MB`.
fn readable(size: u64) -> String {
    if size < 1000 {
        return format!("{size} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut size = size as f64 / 1000.0;
    for unit in ["KB", "MB", "GB", "TB"] {
        if size < 1000.0 {
            return format!("{size:.1} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1} PB")
}

/// The members of a folder by name; a file has none.
#[derive(Default)]
struct Node<'a> {
    members: BTreeMap<&'a str, Node<'a>>,
    file: Option<&'a Item<'a>>,
}

/// Folders below are shown as part of a name: a path from outside must not exhaust the stack.
const DEEPEST: usize = 100;

fn tree(items: &[Item<'_>], human_readable: bool, mode: Mode) -> Vec<String> {
    let mut root = Node::default();
    for item in items {
        let mut node = &mut root;
        for part in item.path.splitn(DEEPEST, '/') {
            node = node.members.entry(part).or_default();
        }
        if item.size.is_some() {
            node.file = Some(item);
        }
    }
    let files = || items.iter().filter(|item| item.size.is_some());
    let widest = |text: &dyn Fn(&Item<'_>) -> String| files().map(|item| text(item).len()).max();
    let mut columns = Columns {
        human_readable,
        size: widest(&|item| item.size(human_readable)).unwrap_or(0),
        date: widest(&|item| item.date(human_readable)).unwrap_or(0),
    };
    if mode == Mode::Quiet {
        (columns.size, columns.date) = (0, 0);
    }
    let mut lines = Vec::new();
    columns.render(&root, "", &mut lines);
    lines
}

struct Columns {
    human_readable: bool,
    size: usize,
    date: usize,
}

impl Columns {
    fn render(&self, node: &Node<'_>, indent: &str, lines: &mut Vec<String>) {
        let last = node.members.len().saturating_sub(1);
        for (i, (name, member)) in node.members.iter().enumerate() {
            let (mark, below) = if i == last {
                ("└── ", "    ")
            } else {
                ("├── ", "│   ")
            };
            let mut line = String::new();
            if self.size > 0 {
                let text = |text: &dyn Fn(&Item<'_>) -> String| member.file.map(text);
                let size = text(&|file| file.size(self.human_readable)).unwrap_or_default();
                let date = text(&|file| file.date(self.human_readable)).unwrap_or_default();
                let (size_width, date_width) = (self.size, self.date);
                let _infallible = write!(line, "{size:>size_width$}  {date:date_width$}  ");
            }
            let slash = if member.file.is_none() { "/" } else { "" };
            line.extend([indent, mark, name, slash]);
            lines.push(line);
            // As deep as `DEEPEST` at most.
            self.render(member, &format!("{indent}{below}"), lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_are_readable() {
        for (size, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (2048, "2.0 KB"),
            (5_100_000, "5.1 MB"),
            (u64::MAX, "18446.7 PB"),
        ] {
            assert_eq!(readable(size), shown);
        }
    }

    #[test]
    fn a_tree_has_folders_in_place() {
        let values = [
            json!({"path": "b.txt", "size": 13, "last_commit": {"date": "2026-10-01T10:00:00.000Z"}}),
            json!({"path": "a", "tree_id": "1"}),
            json!({"path": "a/c.txt", "size": 8}),
        ];
        let items: Vec<_> = values.iter().map(Item::of).collect();
        assert_eq!(
            tree(&items, true, Mode::Human),
            [
                "                    ├── a/",
                " 8 B                │   └── c.txt",
                "13 B  Oct 01 10:00  └── b.txt",
            ]
        );
        assert_eq!(
            tree(&items, true, Mode::Quiet),
            ["├── a/", "│   └── c.txt", "└── b.txt"]
        );
    }
}
