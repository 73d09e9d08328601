//! Doc comments that are carried over from the definition to the generated
//! code.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the `#[doc]` attributes among `attributes`.
pub(crate) fn attributes(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .collect()
}

/// Returns the text of a doc comment, line by line.
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
