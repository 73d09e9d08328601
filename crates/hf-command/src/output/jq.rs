//! Filters in the language of jq: `--jq '.[].id'`.

use std::cell::OnceCell;
use std::io;

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};

type Filter = jaq_core::Filter<data::JustLut<Val>>;

/// A filter that is known to be one. It is needed to the end of the process, and never changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jq(&'static str);

thread_local! {
    /// The filter of the line, which is used once for each line of a log.
    static COMPILED: OnceCell<Filter> = const { OnceCell::new() };
}

impl Jq {
    /// Reads a filter.
    ///
    /// # Errors
    /// Says what is wrong, and where.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        compile(text)?;
        Ok(Self(text.to_owned().leak()))
    }

    /// Returns what the filter makes of a value in JSON: a line each, texts as they are.
    ///
    /// # Errors
    /// The error that the filter raises.
    pub(super) fn run(self, json: &str) -> io::Result<String> {
        let fail = |error: String| {
            let text = format!("the filter of --jq failed: {error}");
            io::Error::new(io::ErrorKind::InvalidInput, text)
        };
        let input = read::parse_single(json.as_bytes()).map_err(|error| fail(error.to_string()))?;
        COMPILED.with(|compiled| {
            if compiled.get().is_none() {
                let _first = compiled.set(compile(self.0).map_err(fail)?);
            }
            let mut text = String::new();
            if let Some(filter) = compiled.get() {
                let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
                for output in filter.id.run((context, input)).map(unwrap_valr) {
                    match output.map_err(|error| fail(error.to_string()))? {
                        Val::TStr(bytes) | Val::BStr(bytes) => {
                            text += &String::from_utf8_lossy(&bytes);
                        }
                        value => text += &value.to_string(),
                    }
                    text.push('\n');
                }
            }
            Ok(text)
        })
    }
}

fn compile(text: &str) -> Result<Filter, String> {
    let definitions = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let functions = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let arena = Arena::default();
    let program = File {
        code: text,
        path: (),
    };
    let modules = Loader::new(definitions)
        .load(&arena, program)
        .map_err(|errors| first(errors.into_iter().map(|(_, error)| syntax(text, error))))?;
    Compiler::default()
        .with_funs(functions)
        .compile(modules)
        .map_err(|errors| {
            let undefined = errors.into_iter().flat_map(|(_, errors)| errors);
            first(undefined.map(|(name, kind)| format!("there is no {} `{name}`", kind.as_str())))
        })
}

fn first(mut errors: impl Iterator<Item = String>) -> String {
    errors.next().unwrap_or_else(|| "no filter".to_owned())
}

fn syntax(text: &str, error: load::Error<&str>) -> String {
    let at = |rest: &str| match rest {
        "" => "the end".to_owned(),
        // What is left of the text, or one word of it.
        rest => format!("`{}`", rest.lines().next().unwrap_or_default()),
    };
    let (expected, found) = match error {
        load::Error::Lex(errors) => match errors.first() {
            Some((expected, rest)) => (expected.as_str(), at(rest)),
            None => return format!("`{text}` is no filter"),
        },
        load::Error::Parse(errors) => match errors.first() {
            Some((expected, rest)) => (expected.as_str(), at(rest)),
            None => return format!("`{text}` is no filter"),
        },
        load::Error::Io(errors) => {
            return first(
                errors
                    .into_iter()
                    .map(|(name, why)| format!("{name}: {why}")),
            );
        }
    };
    format!("expected {expected} at {found}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(filter: &str, json: &str) -> io::Result<String> {
        Jq::parse(filter).unwrap().run(json)
    }

    #[test]
    fn texts_are_printed_as_they_are_and_values_as_json() {
        let json = r#"[{"id": "a", "n": 1, "tags": ["x"]}, {"id": "b\n", "n": 2.5, "tags": []}]"#;
        let lines = filtered(".[] | .id, .n, .tags", json).unwrap();
        assert_eq!(lines, "a\n1\n[\"x\"]\nb\n\n2.5\n[]\n");
    }

    #[test]
    fn what_is_no_filter_says_where() {
        for (text, why) in [
            (".[", "expected"),
            ("nonsense", "there is no filter `nonsense`"),
            ("$x", "there is no variable `$x`"),
            ("\"open", "expected"),
            ("include \"a\"; .", "a"),
        ] {
            let error = Jq::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_filter_that_fails_is_an_error() {
        let error = filtered(".a.b", r#"{"a": 1}"#).unwrap_err();
        assert!(error.to_string().starts_with("the filter of --jq failed: "));
    }
}
