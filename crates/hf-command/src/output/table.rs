//! Rows and columns.

use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use super::facts::Facts;
use super::json::{self, as_python};

/// Every column keeps at least so many characters.
const NARROWEST: usize = 4;

/// Rows of facts, and the columns that people see of them.
///
/// Facts that are no column are in the JSON only.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// All facts of the rows, if empty.
    columns: Vec<String>,
    right: Vec<&'static str>,
    rows: Vec<Facts>,
    id: &'static str,
}

impl Table {
    /// Creates a table with these columns. The fact `id` names a row where only one word a row is wanted.
    pub(crate) fn new<C: Into<String>>(
        columns: impl IntoIterator<Item = C>,
        id: &'static str,
    ) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            right: Vec::new(),
            rows: Vec::new(),
            id,
        }
    }

    /// Aligns these columns to the right. Columns of numbers are without that.
    pub(crate) fn right(mut self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        self.right.extend(columns);
        self
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: impl Into<Facts>) {
        self.rows.push(row.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn rows(&self) -> &[Facts] {
        &self.rows
    }

    fn columns(&self) -> Vec<&str> {
        if !self.columns.is_empty() {
            return self.columns.iter().map(String::as_str).collect();
        }
        let names = self.rows.first().into_iter().flat_map(Facts::names);
        let is_known = |name: &&str| {
            let mut values = self.rows.iter().filter_map(|row| row.get(name));
            values.any(|value| !value.is_null())
        };
        names.filter(is_known).collect()
    }

    pub(super) fn ids(&self) -> String {
        let ids = self.rows.iter().filter_map(|row| row.get(self.id));
        ids.map(|id| as_python(id) + "\n").collect()
    }

    pub(super) fn tab_separated(&self) -> String {
        if self.rows.is_empty() {
            return "No results found.\n".to_owned();
        }
        let columns = self.columns();
        let mut text = columns.join("\t") + "\n";
        for row in &self.rows {
            let cells = columns.iter().map(|name| {
                let shown = row.get(name).map_or_else(|| "None".to_owned(), as_python);
                shown.replace(['\t', '\n', '\r'], " ")
            });
            text += &cells.collect::<Vec<_>>().join("\t");
            text.push('\n');
        }
        text
    }

    /// The table for people, at most `width` characters wide, and whether cells were shortened for that.
    pub(super) fn human(&self, width: Option<usize>) -> (String, bool) {
        if self.rows.is_empty() {
            return ("No results found.\n".to_owned(), false);
        }
        let columns = self.columns();
        let headers: Vec<String> = columns.iter().map(|name| header(name)).collect();
        let row_of_cells = |row: &Facts| columns.iter().map(|name| cell(row.get(name))).collect();
        let cells: Vec<Vec<String>> = self.rows.iter().map(row_of_cells).collect();
        let right: Vec<bool> = columns
            .iter()
            .map(|name| self.right.contains(name) || self.is_numeric(name))
            .collect();
        let mut widths: Vec<usize> = headers.iter().map(|header| length(header)).collect();
        for row in &cells {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(length(cell));
            }
        }
        let least: Vec<usize> = headers
            .iter()
            .map(|header| length(header).max(NARROWEST))
            .collect();
        let cut = width.is_some_and(|width| shrink(&mut widths, &least, width));
        let mut text = line(&headers, &widths, &right);
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        text += &line(&rule, &widths, &right);
        for row in &cells {
            text += &line(row, &widths, &right);
        }
        (text, cut)
    }

    fn is_numeric(&self, column: &str) -> bool {
        let mut values = self
            .rows
            .iter()
            .filter_map(|row| row.get(column))
            .filter(|value| !value.is_null())
            .peekable();
        values.peek().is_some() && values.all(Value::is_number)
    }
}

/// Takes characters from the widest column until the line fits, and returns whether any were taken.
fn shrink(widths: &mut [usize], least: &[usize], width: usize) -> bool {
    let mut cut = false;
    while widths.iter().sum::<usize>() + widths.len().saturating_sub(1) > width {
        let widest = widths
            .iter_mut()
            .zip(least)
            .filter(|(width, least)| **width > **least)
            .map(|(width, _)| width)
            // The first of equals.
            .reduce(|a, b| if *b > *a { b } else { a });
        let Some(widest) = widest else { break };
        *widest -= 1;
        cut = true;
    }
    cut
}

fn line(cells: &[String], widths: &[usize], right: &[bool]) -> String {
    let padded = cells
        .iter()
        .zip(widths)
        .zip(right)
        .map(|((cell, width), right)| {
            let cell = &shorten(cell, *width);
            let padding = " ".repeat(width.saturating_sub(length(cell)));
            if *right {
                padding + cell
            } else {
                cell.clone() + &padding
            }
        });
    padded.collect::<Vec<_>>().join(" ") + "\n"
}

/// The text, or its beginning and dots.
fn shorten(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if length(&kept) + 3 > width {
            kept.pop();
            break;
        }
    }
    kept + "..."
}

/// `createdAt` and `created_at` as `CREATED_AT`.
fn header(name: &str) -> String {
    let mut header = String::new();
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && after_lower {
            header.push('_');
        }
        after_lower = c.is_lowercase() || c.is_ascii_digit();
        header.extend(c.to_uppercase());
    }
    header
}

fn cell(value: Option<&Value>) -> String {
    let shown = match value {
        None | Some(Value::Null | Value::Bool(false)) => String::new(),
        Some(Value::Bool(true)) => "✔".to_owned(),
        Some(Value::String(text)) if is_time(text) => text[..10].to_owned(),
        Some(Value::Array(items)) => items.iter().map(item).collect::<Vec<_>>().join(", "),
        Some(value) => item(value),
    };
    // A name from the Hub must not move the cursor.
    let blank = |c: char| if c.is_control() { ' ' } else { c };
    shown.chars().map(blank).collect()
}

/// An object is its name, if it has one.
fn item(value: &Value) -> String {
    match value {
        Value::Object(members) => match members.get("name") {
            Some(name) => as_python(name),
            None => json::to_string(value),
        },
        value => as_python(value),
    }
}

/// `2026-01-02T...`: the date is enough for people.
fn is_time(text: &str) -> bool {
    let digits = [0, 1, 2, 3, 5, 6, 8, 9];
    let bytes = text.as_bytes();
    bytes.len() > 10
        && text.is_char_boundary(10)
        && digits.iter().all(|at| bytes[*at].is_ascii_digit())
        && [bytes[4], bytes[7], bytes[10]] == *b"--T"
}

fn length(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["id", "createdAt", "downloads", "private"], "id");
        table.push([
            ("id", json!("user/model-one")),
            ("createdAt", json!("2026-01-02T03:04:05Z")),
            ("downloads", json!(7)),
            ("private", json!(true)),
            ("sha", json!("abc")),
        ]);
        table.push([
            ("id", json!("user/\u{1b}[2Jtwo")),
            ("downloads", json!(1000)),
            ("private", json!(false)),
        ]);
        table
    }

    #[test]
    fn people_see_aligned_columns() {
        let (text, cut) = table().human(Some(80));
        assert!(!cut);
        assert_eq!(
            text,
            "ID             CREATED_AT DOWNLOADS PRIVATE\n\
             -------------- ---------- --------- -------\n\
             user/model-one 2026-01-02         7 ✔      \n\
             user/ [2Jtwo                   1000        \n"
        );
    }

    #[test]
    fn the_widest_column_gives_way() {
        let (text, cut) = table().human(Some(38));
        assert!(cut);
        assert!(text.lines().all(|line| length(line) == 38), "{text}");
        assert!(text.contains("user/m..."), "{text}");
        // No column is narrower than its header.
        let (text, _) = table().human(Some(10));
        assert!(
            text.starts_with("ID   CREATED_AT DOWNLOADS PRIVATE"),
            "{text}"
        );
    }

    #[test]
    fn columns_may_come_from_the_rows() {
        let mut table = Table::new([""; 0], "b").right(["b"]);
        table.push([
            ("a", json!(null)),
            ("b", json!("x")),
            ("c", json!([1, "é"])),
        ]);
        table.push([
            ("a", json!(null)),
            ("b", json!("日本")),
            ("d", json!({"name": "n"})),
        ]);
        let (text, _) = table.human(None);
        assert_eq!(text, "   B C   \n---- ----\n   x 1, é\n日本     \n");
    }

    #[test]
    fn programs_see_all() {
        assert_eq!(table().ids(), "user/model-one\nuser/\u{1b}[2Jtwo\n");
        assert_eq!(table().rows()[0].get("sha"), Some(&json!("abc")));
        assert!(table().tab_separated().starts_with(
            "id\tcreatedAt\tdownloads\tprivate\nuser/model-one\t2026-01-02T03:04:05Z\t7\tTrue\n"
        ));
        let empty = Table::new(["id"], "id");
        assert_eq!(
            (empty.human(None).0.as_str(), empty.ids().as_str()),
            ("No results found.\n", "")
        );
    }
}
