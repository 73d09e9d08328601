//! Selecting the files of a plan.

use std::path::Path;

use hf_types::Pattern;

use crate::{Error, Result};

/// Include and exclude patterns. The rules of a file come first; a backslash
/// counts as `/`.
pub(super) struct Filter {
    rules: Vec<(bool, Pattern)>,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

fn pattern(text: &str) -> Pattern {
    Pattern::new(&text.replace('\\', "/"))
}

impl Filter {
    pub(super) fn new(
        include: Option<&[String]>,
        exclude: Option<&[String]>,
        file: Option<&Path>,
    ) -> Result<Self> {
        let list = |texts: Option<&[String]>| {
            texts
                .unwrap_or_default()
                .iter()
                .map(|text| pattern(text))
                .collect()
        };
        let rules = match file {
            None => Vec::new(),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| Error::io(format!("reading {}", file.display()), error))?;
                rules(&text)
            }
        };
        Ok(Self {
            rules,
            include: list(include),
            exclude: list(exclude),
        })
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        if let Some((take, _)) = self.rules.iter().find(|(_, rule)| rule.matches(path)) {
            return *take;
        }
        if self.exclude.iter().any(|pattern| pattern.matches(path)) {
            return false;
        }
        self.include.is_empty() || self.include.iter().any(|pattern| pattern.matches(path))
    }
}

/// Parses a file of rules: `+ pattern`, `- pattern` or a bare pattern on each
/// line, and `# comments`.
fn rules(text: &str) -> Vec<(bool, Pattern)> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_at(1) {
            ("+", rest) => (true, pattern(rest.trim())),
            ("-", rest) => (false, pattern(rest.trim())),
            _ => (true, pattern(line)),
        })
        .collect()
}
