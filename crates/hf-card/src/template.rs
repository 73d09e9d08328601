//! Cards made from templates.

use crate::card::{Card, DatasetCard, ModelCard, SpaceCard};
use crate::data::Metadata;
use crate::error::{CardErrorKind, Error, Result};
use crate::value::{Map, Value};

/// The templates of Python's client: where its templates are known, so are the headings of ours.
const MODEL_TEMPLATE: &str = include_str!("../templates/model.md");
const DATASET_TEMPLATE: &str = include_str!("../templates/dataset.md");

impl ModelCard {
    /// The template that a new card is made from.
    pub const DEFAULT_TEMPLATE: &str = MODEL_TEMPLATE;
}

impl DatasetCard {
    /// The template that a new card is made from.
    pub const DEFAULT_TEMPLATE: &str = DATASET_TEMPLATE;
}

impl SpaceCard {
    /// The template that a new card is made from.
    pub const DEFAULT_TEMPLATE: &str = MODEL_TEMPLATE;
}

impl<D: Metadata> Card<D> {
    /// Makes a card from a template: a text with `{{ name }}` and `{{ name | default("text", true) }}`.
    ///
    /// A name stands for a value of `variables`, else for an entry of the metadata, else for nothing; `card_data` is
    /// the metadata itself. Texts of a list are joined by commas. This is what Python's templates use of Jinja;
    /// anything else of Jinja is an error.
    ///
    /// ```
    /// use hf_card::{Map, ModelCard, ModelMetadata};
    /// let data = ModelMetadata::new().license("mit");
    /// let variables = Map::from_iter([("model_id".to_owned(), "me/tiny".into())]);
    /// let card = ModelCard::from_template(&data, ModelCard::DEFAULT_TEMPLATE, &variables)?;
    /// assert!(card.text().contains("# Model Card for me/tiny\n"));
    /// assert!(card.text().contains("- **License:** mit\n"));
    /// # Ok::<(), hf_card::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Template` if the template has something else of Jinja; else those of [`Card::parse`] and
    /// [`Card::set_metadata`].
    pub fn from_template(data: &D, template: &str, variables: &Map) -> Result<Self> {
        let metadata = data.to_metadata(&Map::new())?;
        let rendered = render(template, &metadata, variables)?;
        let mut card = Self::parse(rendered)?;
        let mut all = card.metadata().clone();
        all.extend(metadata);
        card.set_metadata(&all)?;
        Ok(card)
    }
}

/// Replaces what stands between double braces. The metadata goes in afterwards, as a change.
fn render(template: &str, metadata: &Map, variables: &Map) -> Result<String> {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    loop {
        let line = |at: usize| {
            let read = template.len() - rest.len() + at;
            template[..read].matches('\n').count() + 1
        };
        let open = rest.find("{{");
        let before = &rest[..open.unwrap_or(rest.len())];
        if let Some((at, tag)) = ["{%", "{#"]
            .iter()
            .find_map(|tag| Some((before.find(tag)?, tag)))
        {
            return Err(unsupported(tag).at_line(line(at)));
        }
        let Some(open) = open else {
            text.push_str(rest);
            return Ok(text);
        };
        text.push_str(&rest[..open]);
        let inside = &rest[open + 2..];
        let close = inside.find("}}").ok_or_else(|| {
            Error::new(
                CardErrorKind::Template,
                "the template has `{{` without `}}`",
            )
            .at_line(line(open))
        })?;
        let expression = inside[..close].trim();
        let (name, default) = parse_expression(expression)
            .ok_or_else(|| unsupported(expression).at_line(line(open)))?;
        rest = &inside[close + 2..];
        if name == "card_data" {
            // Its line would stay empty.
            if text.ends_with('\n') {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
        } else {
            let value = variables.get(name).or_else(|| metadata.get(name));
            let shown = value.map(show).filter(|shown| !shown.is_empty());
            text.push_str(shown.as_deref().unwrap_or(default));
        }
    }
}

/// Reads `name` or `name | default("text", true)`; returns the name and the default.
fn parse_expression(expression: &str) -> Option<(&str, &str)> {
    let (name, filter) = match expression.split_once('|') {
        Some((name, filter)) => (name.trim_end(), Some(filter.trim())),
        None => (expression, None),
    };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let default = match filter {
        Some(filter) => {
            let arguments = filter.strip_prefix("default(")?.strip_suffix(')')?.trim();
            let text = arguments
                .strip_suffix("true")
                .map_or(arguments, |rest| rest.trim_end().trim_end_matches(','));
            let quote = text
                .chars()
                .next()
                .filter(|quote| matches!(quote, '"' | '\''))?;
            text.strip_prefix(quote)?.strip_suffix(quote)?
        }
        None => "",
    };
    is_name.then_some((name, default))
}

fn show(value: &Value) -> String {
    match value {
        Value::List(items) => items
            .iter()
            .filter_map(Value::scalar_text)
            .collect::<Vec<_>>()
            .join(", "),
        other => other.scalar_text().unwrap_or_default(),
    }
}

fn unsupported(what: &str) -> Error {
    Error::new(
        CardErrorKind::Template,
        format!("the template has `{what}`, which is not supported"),
    )
    .with_hint("`{{ name }}` and `{{ name | default(\"text\", true) }}` are")
}
