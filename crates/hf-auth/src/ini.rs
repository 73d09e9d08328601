//! The format of `stored_tokens`: INI as Python's `configparser` reads and writes it.
//!
//! Without interpolation, with `=` and `:` between key and value, with continuation lines, and with comments that take
//! a whole line. Keys are in lower case. A section or key that occurs twice is an error, as it is there.

use std::collections::BTreeMap;

/// The keys and values of a section, in the order of the file.
pub(crate) type Fields = Vec<(String, String)>;

/// All sections by name, which is the order in which they are written.
pub(crate) type Sections = BTreeMap<String, Fields>;

/// The section whose fields are defaults of all others.
pub(crate) const DEFAULT: &str = "DEFAULT";

/// A line that does not follow the format.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) what: &'static str,
}

pub(crate) fn parse(text: &str) -> Result<Sections, Malformed> {
    let mut sections = Sections::new();
    // The section, the key, and the indentation of the key that a continuation line would extend.
    let mut section: Option<String> = None;
    let mut key: Option<(String, usize)> = None;
    for (i, raw) in text.lines().enumerate() {
        let malformed = |what| Malformed { line: i + 1, what };
        let line = raw.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let indentation = raw.len() - raw.trim_start().len();
        if let (Some(section), Some((key, of_key))) = (&section, &key)
            && indentation > *of_key
        {
            let fields = sections.entry(section.clone()).or_default();
            if let Some((_, value)) = fields.iter_mut().find(|(known, _)| known == key) {
                value.push('\n');
                value.push_str(line);
            }
            continue;
        }
        if let Some(name) = section_name(line) {
            if sections.contains_key(name) {
                return Err(malformed("the section occurs twice"));
            }
            sections.insert(name.to_owned(), Fields::new());
            section = Some(name.to_owned());
            key = None;
            continue;
        }
        let Some(fields) = section.as_ref().and_then(|name| sections.get_mut(name)) else {
            return Err(malformed("there is no section yet"));
        };
        let Some((name, value)) = line.split_once(['=', ':']) else {
            return Err(malformed("there is no `=`"));
        };
        let name = name.trim().to_lowercase();
        if name.is_empty() {
            return Err(malformed("there is no key"));
        }
        if fields.iter().any(|(known, _)| *known == name) {
            return Err(malformed("the key occurs twice"));
        }
        fields.push((name.clone(), value.trim().to_owned()));
        key = Some((name, indentation));
    }
    if let Some(defaults) = sections.remove(DEFAULT) {
        for fields in sections.values_mut() {
            for (name, value) in &defaults {
                if !fields.iter().any(|(known, _)| known == name) {
                    fields.push((name.clone(), value.clone()));
                }
            }
        }
    }
    Ok(sections)
}

/// The name in `[name]`, up to the last bracket; what follows it is ignored.
fn section_name(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.rsplit_once(']')?;
    (!name.is_empty()).then_some(name)
}

pub(crate) fn write(sections: &Sections) -> String {
    let mut text = String::new();
    for (name, fields) in sections {
        text.push('[');
        text.push_str(name);
        text.push_str("]\n");
        for (key, value) in fields {
            text.push_str(key);
            text.push_str(" = ");
            text.push_str(&value.replace('\n', "\n\t"));
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(pairs: &[(&str, &[(&str, &str)])]) -> Sections {
        let owned = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        let section = |(name, fields): &(&str, &[(&str, &str)])| {
            ((*name).to_owned(), fields.iter().map(owned).collect())
        };
        pairs.iter().map(section).collect()
    }

    #[test]
    fn sections_are_written_sorted_and_read_back() {
        let stored = sections(&[
            ("oauth-user", &[("hf_token", "hf_b"), ("expires_at", "17")]),
            ("a]b = c", &[("hf_token", "hf_a%=:")]),
        ]);
        let text = write(&stored);
        assert_eq!(
            text,
            "[a]b = c]\nhf_token = hf_a%=:\n\n[oauth-user]\nhf_token = hf_b\nexpires_at = 17\n\n"
        );
        assert_eq!(parse(&text), Ok(stored));
    }

    #[test]
    fn what_people_and_python_write_is_read() {
        let text = "# mine\r\n[one]\r\nHF_Token: hf_1\r\n ; more\n\n[two]  trailing\nhf_token=hf_2\n  continued\n\n";
        let expected = sections(&[
            ("one", &[("hf_token", "hf_1")]),
            ("two", &[("hf_token", "hf_2\ncontinued")]),
        ]);
        assert_eq!(parse(text), Ok(expected));
        let defaults = "[DEFAULT]\nexpires_at = 1\n[x]\nhf_token = hf_x\n";
        let expected = sections(&[("x", &[("hf_token", "hf_x"), ("expires_at", "1")])]);
        assert_eq!(parse(defaults), Ok(expected));
        assert_eq!(parse(""), Ok(Sections::new()));
    }

    #[test]
    fn a_malformed_line_is_named() {
        for (text, line, what) in [
            ("hf_token = x", 1, "there is no section yet"),
            ("[a]\nhf_token", 2, "there is no `=`"),
            ("[a]\n= x", 2, "there is no key"),
            ("[a]\nk = 1\nK = 2", 3, "the key occurs twice"),
            ("[a]\n\n[a]", 3, "the section occurs twice"),
        ] {
            assert_eq!(parse(text), Err(Malformed { line, what }), "{text}");
        }
    }
}
