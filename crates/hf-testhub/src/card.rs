//! Parses the metadata block at the top of a README: the subset of YAML that cards use.
use serde_json::{Map, Value};

/// A line of the block that is not blank.
struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

/// Parses the block between the `---` lines. No block means no metadata. The error names the line.
pub(crate) fn parse(readme: &str) -> Result<Map<String, Value>, String> {
    let mut all = readme.lines().enumerate();
    if all.next().map(|(_, line)| line.trim_end()) != Some("---") {
        return Ok(Map::new());
    }
    let mut lines = Vec::new();
    let mut closed = false;
    for (position, line) in all {
        let line = line.trim_end();
        if line == "---" {
            closed = true;
            break;
        }
        let text = line.trim_start_matches(' ');
        if text.starts_with('\t') {
            let number = position + 1;
            return Err(format!(
                "line {number}: tabs are not allowed for indentation"
            ));
        }
        if !text.is_empty() && !text.starts_with('#') {
            lines.push(Line {
                number: position + 1,
                indent: line.len() - text.len(),
                text,
            });
        }
    }
    if !closed {
        return Err("the metadata block is not closed by a line `---`".to_owned());
    }
    let mut reader = Reader { lines, at: 0 };
    let mut card = Map::new();
    if let Some(first) = reader.peek() {
        if is_item(first.text) {
            return Err(format!("line {}: a list item without a key", first.number));
        }
        let indent = first.indent;
        card = reader.mapping(indent)?;
    }
    match reader.peek() {
        None => Ok(card),
        Some(line) => Err(format!("line {}: wrong indentation", line.number)),
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&Line<'a>> {
        self.lines.get(self.at)
    }

    /// Parses a list or a mapping that starts at the next line.
    fn block(&mut self) -> Result<Value, String> {
        let Some(line) = self.peek() else {
            return Ok(Value::Null);
        };
        let indent = line.indent;
        if is_item(line.text) {
            self.list(indent)
        } else {
            self.mapping(indent).map(Value::Object)
        }
    }

    fn list(&mut self, indent: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        while let Some(line) = self.lines.get_mut(self.at) {
            if line.indent != indent || !is_item(line.text) {
                break;
            }
            let rest = line.text[1..].trim_start();
            if rest.is_empty() {
                self.at += 1;
                let nested = self.peek().is_some_and(|next| next.indent > indent);
                items.push(if nested { self.block()? } else { Value::Null });
            } else if is_item(rest) || key_of(rest).is_some() {
                // `- key: value` starts a mapping that continues in the column of the key.
                line.indent += line.text.len() - rest.len();
                line.text = rest;
                items.push(self.block()?);
            } else {
                items.push(scalar(rest));
                self.at += 1;
            }
        }
        Ok(Value::Array(items))
    }

    fn mapping(&mut self, indent: usize) -> Result<Map<String, Value>, String> {
        let mut map = Map::new();
        while let Some(line) = self.peek() {
            if line.indent != indent || is_item(line.text) {
                break;
            }
            let Some((key, rest)) = key_of(line.text) else {
                return Err(format!(
                    "line {}: expected `key: value`, got `{}`",
                    line.number, line.text
                ));
            };
            let number = line.number;
            self.at += 1;
            let value = match rest {
                "" => {
                    let nested = self.peek().is_some_and(|next| {
                        next.indent > indent || next.indent == indent && is_item(next.text)
                    });
                    if nested { self.block()? } else { Value::Null }
                }
                "|" | ">" | "|-" | ">-" => {
                    let mut text = Vec::new();
                    while let Some(next) = self.peek().filter(|next| next.indent > indent) {
                        text.push(next.text);
                        self.at += 1;
                    }
                    text.join(if rest.starts_with('|') { "\n" } else { " " })
                        .into()
                }
                _ => match rest.strip_prefix('[') {
                    None => scalar(rest),
                    Some(list) => {
                        let list = list
                            .strip_suffix(']')
                            .ok_or_else(|| format!("line {number}: a list that is not closed"))?;
                        list.split(',')
                            .map(str::trim)
                            .filter(|item| !item.is_empty())
                            .map(scalar)
                            .collect()
                    }
                },
            };
            map.insert(key, value);
        }
        Ok(map)
    }
}

/// Splits `key: value`. A colon inside a word (as in URLs) does not split.
fn key_of(text: &str) -> Option<(String, &str)> {
    let (key, value) = match text.split_once(": ") {
        Some(parts) => parts,
        None => (text.strip_suffix(':')?, ""),
    };
    if key.starts_with(['[', '{']) {
        return None;
    }
    let key = key.trim().trim_matches(['"', '\'']);
    Some((key.to_owned(), value.trim()))
}

/// Returns what is wrong with a `model-index`, in the Hub's words, or `None`.
pub(crate) fn model_index_problem(index: &Value) -> Option<String> {
    if index.is_null() {
        return None;
    }
    let Some(models) = index.as_array() else {
        return Some("\"model-index\" must be an array".to_owned());
    };
    for (m, model) in models.iter().enumerate() {
        let at = format!("model-index[{m}]");
        if let Some(problem) = required(model, &at, &["name"]) {
            return Some(problem);
        }
        let Some(results) = model.get("results").and_then(Value::as_array) else {
            return Some(format!("\"{at}.results\" must be an array"));
        };
        for (r, result) in results.iter().enumerate() {
            let at = format!("{at}.results[{r}]");
            let problem = required(result, &at, &["task", "type"])
                .or_else(|| required(result, &at, &["dataset", "type"]))
                .or_else(|| required(result, &at, &["dataset", "name"]));
            if problem.is_some() {
                return problem;
            }
            let Some(metrics) = result.get("metrics").and_then(Value::as_array) else {
                return Some(format!("\"{at}.metrics\" must be an array"));
            };
            for (k, metric) in metrics.iter().enumerate() {
                let at = format!("{at}.metrics[{k}]");
                let problem =
                    required(metric, &at, &["type"]).or_else(|| required(metric, &at, &["value"]));
                if problem.is_some() {
                    return problem;
                }
            }
        }
    }
    None
}

fn required(value: &Value, at: &str, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, key| value.get(key));
    found
        .is_none_or(Value::is_null)
        .then(|| format!("\"{at}.{}\" is required", path.join(".")))
}

fn scalar(text: &str) -> Value {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return inner.into();
        }
    }
    match text {
        "" | "null" | "~" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        _ => text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_| text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{model_index_problem, parse};
    use serde_json::{Value, json};

    #[test]
    fn reads_what_cards_hold_and_names_the_bad_line() {
        let card =
            parse("---\nlicense: mit\ntags:\n- a\n- 'b'\nlanguage: [en, fr]\n---\n# Hi\n").unwrap();
        assert_eq!(
            Value::Object(card),
            json!({"license": "mit", "tags": ["a", "b"], "language": ["en", "fr"]})
        );
        assert!(parse("# no block").unwrap().is_empty());
        assert!(
            parse("---\nlicense mit\n---\n")
                .unwrap_err()
                .contains("line 2")
        );
        assert!(
            parse("---\nlicense: mit\n")
                .unwrap_err()
                .contains("not closed")
        );
        assert!(
            parse("---\n- x\n---\n")
                .unwrap_err()
                .contains("without a key")
        );
    }

    #[test]
    fn nested_blocks_are_read_and_a_bad_model_index_is_found() {
        let text = "---\nmodel-index:\n- name: m\n  results:\n  - task:\n      type: t\n    dataset:\n      type: d\n      name: D\n    metrics:\n    - type: acc\n      value: 0.9\n---\n";
        let card = parse(text).unwrap();
        assert_eq!(
            card["model-index"],
            json!([{"name": "m", "results": [{
                "task": {"type": "t"}, "dataset": {"type": "d", "name": "D"},
                "metrics": [{"type": "acc", "value": 0.9}],
            }]}])
        );
        assert_eq!(model_index_problem(&card["model-index"]), None);
        let bad = parse(&text.replace("      type: d\n", "")).unwrap();
        assert_eq!(
            model_index_problem(&bad["model-index"]).unwrap(),
            "\"model-index[0].results[0].dataset.type\" is required"
        );
        assert!(model_index_problem(&json!("x")).is_some());
        assert_eq!(
            parse("---\na: |\n  x\n  y\nb: http://x/y\n---\n").unwrap(),
            parse("---\na: |-\n  x\n  y\nb: 'http://x/y'\n---\n").unwrap()
        );
    }
}
