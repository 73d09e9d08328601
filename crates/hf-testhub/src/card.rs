//! The metadata block at the top of a README: as much YAML as cards need.
use serde_json::{Map, Value};

/// Reads the block between the `---` lines; no block is no metadata. The error names the line.
pub(crate) fn parse(readme: &str) -> Result<Map<String, Value>, String> {
    let mut card = Map::new();
    let mut lines = readme.lines().enumerate();
    if lines.next().map(|(_, line)| line.trim_end()) != Some("---") {
        return Ok(card);
    }
    let mut list_of: Option<String> = None;
    for (number, line) in lines {
        let line = line.trim_end();
        if line == "---" {
            return Ok(card);
        }
        let text = line.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if line.starts_with('\t') {
            return Err(format!(
                "line {}: tabs are not allowed for indentation",
                number + 1
            ));
        }
        if let Some(item) = text.strip_prefix("- ") {
            let Some(key) = &list_of else {
                return Err(format!("line {}: a list item without a key", number + 1));
            };
            let entry = card.entry(key.clone()).or_insert(Value::Null);
            if !entry.is_array() {
                *entry = Value::Array(Vec::new());
            }
            if let Some(items) = entry.as_array_mut() {
                items.push(scalar(item));
            }
            continue;
        }
        if line.starts_with(' ') {
            // Nested mappings (model-index and the like) are not looked at.
            continue;
        }
        let Some((key, value)) = text.split_once(':') else {
            return Err(format!(
                "line {}: expected `key: value`, got `{text}`",
                number + 1
            ));
        };
        let (key, value) = (key.trim().to_owned(), value.trim());
        list_of = Some(key.clone());
        let value = match value.strip_prefix('[') {
            Some(list) => {
                let Some(list) = list.strip_suffix(']') else {
                    return Err(format!("line {}: a list that is not closed", number + 1));
                };
                Value::Array(
                    list.split(',')
                        .map(str::trim)
                        .filter(|i| !i.is_empty())
                        .map(scalar)
                        .collect(),
                )
            }
            None => scalar(value),
        };
        card.insert(key, value);
    }
    Err("the metadata block is not closed by a line `---`".to_owned())
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
    use super::parse;
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
}
