//! Parses the `Link` header.

use http::{HeaderMap, header::LINK};

/// Returns the target of the first link with this relation.
pub(crate) fn find_link(headers: &HeaderMap, relation: &str) -> Option<String> {
    headers
        .get_all(LINK)
        .iter()
        .find_map(|value| link_target(&String::from_utf8_lossy(value.as_bytes()), relation))
}

/// Parses `<target>; rel="a b"; title="x, y", <target>; rel=c`.
fn link_target(text: &str, relation: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (_, from_target) = rest.split_once('<')?;
        let (target, parameters) = from_target.split_once('>')?;
        let end = end_of_link(parameters);
        let (parameters, after) = parameters.split_at(end);
        let found = split_unquoted(parameters, ';').any(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                let value = value.trim().trim_matches('"');
                name.trim().eq_ignore_ascii_case("rel")
                    && value
                        .split_ascii_whitespace()
                        .any(|rel| rel.eq_ignore_ascii_case(relation))
            })
        });
        if found {
            return Some(target.trim().to_owned());
        }
        rest = after;
    }
}

/// Returns the end of a link's parameters: a comma outside of quotes.
fn end_of_link(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn link_forms() {
        for (text, expected) in [
            (
                r#"<https://h/a?cursor=b%3D>; rel="next""#,
                Some("https://h/a?cursor=b%3D"),
            ),
            ("</a,b;c>;rel=next", Some("/a,b;c")),
            (r#"<p>; rel="prev", <n>; rel="next""#, Some("n")),
            (r#"<x>; title="a, <y>; rel=next"; rel="prev""#, None),
            (r#"<n>; title="a;b"; REL="last Next""#, Some("n")),
            (r#"<n>;rel="nextish""#, None),
            ("<n>", None),
            ("<n; rel=next", None),
            ("", None),
        ] {
            assert_eq!(link_target(text, "next").as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn link_parser_never_panics(text in "\\PC{0,80}") {
            let _ = link_target(&text, "next");
        }

        #[test]
        fn a_link_written_is_read(target in "[!-;=?-~]{1,40}", title in "[ -!#-~]{0,20}") {
            let text = format!("<p>; rel=\"prev\"; title=\"{title}\", <{target}>; rel=\"next\"");
            prop_assert_eq!(link_target(&text, "next"), Some(target));
        }
    }
}
