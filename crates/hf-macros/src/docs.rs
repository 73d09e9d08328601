//! Doc comments, carried from the definition to what is derived from it.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The `#[doc]` attributes among `attributes`.
pub(crate) fn attributes(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .collect()
}

/// The text of the doc comment, one line per line.
pub(crate) fn text(list: &[Attribute]) -> String {
    let lines: Vec<String> = attributes(list)
        .into_iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(line),
                    ..
                }) => Some(line.value().trim_end().to_owned()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let lines: Vec<&str> = lines
        .iter()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_owned()
}
