//! `--filter` and `--sort` of `hf cache ls`.

use std::cmp::Ordering;
use std::str::FromStr;
use std::time::Duration;

use hf_api::cache::{CachedRepoInfo, CachedRevisionInfo};

use crate::text::{ByteSize, Span};

/// A row of the list: a repository, or one of its revisions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) repo: &'a CachedRepoInfo,
    pub(super) revision: Option<&'a CachedRevisionInfo>,
}

impl Entry<'_> {
    pub(super) fn size(&self) -> u64 {
        self.revision
            .map_or(self.repo.size_on_disk, |revision| revision.size_on_disk)
    }

    /// In seconds since 1970.
    pub(super) fn modified(&self) -> f64 {
        self.revision
            .map_or(self.repo.last_modified, |revision| revision.last_modified)
    }

    /// The branches and tags, sorted.
    pub(super) fn refs(&self) -> Vec<&str> {
        let mut refs: Vec<&str> = match self.revision {
            Some(revision) => revision.refs.iter().map(String::as_str).collect(),
            None => self
                .repo
                .revisions
                .iter()
                .flat_map(|revision| revision.refs.iter().map(String::as_str))
                .collect(),
        };
        refs.sort_unstable();
        refs.dedup();
        refs
    }
}

/// `size>1GB`, `accessed>30d`, `type=model`, `refs=main`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    Size(Compare, u64),
    /// For how long it was not read.
    Accessed(Compare, Duration),
    /// For how long it was not written.
    Modified(Compare, Duration),
    Type(String),
    Refs(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Greater,
    Less,
    AtLeast,
    AtMost,
}

impl Compare {
    fn holds(self, ordering: Option<Ordering>) -> bool {
        match self {
            Self::Equal => ordering == Some(Ordering::Equal),
            Self::NotEqual => ordering != Some(Ordering::Equal),
            Self::Greater => ordering == Some(Ordering::Greater),
            Self::Less => ordering == Some(Ordering::Less),
            Self::AtLeast => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
            Self::AtMost => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        }
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let key_end = text
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(text.len());
        let (key, rest) = text.split_at(key_end);
        let rest = rest.trim_start();
        let operators = [
            (">=", Compare::AtLeast),
            ("<=", Compare::AtMost),
            ("!=", Compare::NotEqual),
            (">", Compare::Greater),
            ("<", Compare::Less),
            ("=", Compare::Equal),
        ];
        let found = operators
            .iter()
            .find_map(|(sign, compare)| Some((*compare, rest.strip_prefix(sign)?.trim())));
        let Some((compare, value)) = found.filter(|(_, value)| !value.is_empty()) else {
            return Err(
                "expected KEY, one of = != > < >= <=, and VALUE, such as `size>1GB`".into(),
            );
        };
        let only_equal = |filter: fn(String) -> Self| match compare {
            Compare::Equal => Ok(filter(value.to_lowercase())),
            _ => Err(format!("`{key}` is compared with = only")),
        };
        match key.to_ascii_lowercase().as_str() {
            "size" => Ok(Self::Size(compare, value.parse::<ByteSize>()?.0)),
            "accessed" => Ok(Self::Accessed(compare, value.parse::<Span>()?.0)),
            "modified" => Ok(Self::Modified(compare, value.parse::<Span>()?.0)),
            "type" => only_equal(Self::Type),
            "refs" => only_equal(Self::Refs),
            _ => Err("the keys are accessed, modified, refs, size and type".into()),
        }
    }
}

impl Filter {
    /// Returns whether an entry passes. `now` is in seconds since 1970.
    pub(super) fn matches(&self, entry: &Entry<'_>, now: f64) -> bool {
        let age = |compare: &Compare, time: f64, limit: &Duration| {
            compare.holds((now - time).partial_cmp(&limit.as_secs_f64()))
        };
        match self {
            Self::Size(compare, bytes) => compare.holds(Some(entry.size().cmp(bytes))),
            Self::Accessed(compare, limit) => age(compare, entry.repo.last_accessed, limit),
            Self::Modified(compare, limit) => age(compare, entry.modified(), limit),
            Self::Type(repo_type) => entry.repo.repo_type == repo_type.as_str(),
            Self::Refs(name) => entry
                .refs()
                .iter()
                .any(|found| found.to_lowercase() == *name),
        }
    }
}

/// `size`, `name:desc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    key: SortKey,
    descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SortKey {
    Accessed,
    Modified,
    Name,
    Size,
}

impl Sort {
    /// All values, for the help.
    pub(super) const VALUES: [&'static str; 12] = [
        "accessed",
        "accessed:asc",
        "accessed:desc",
        "modified",
        "modified:asc",
        "modified:desc",
        "name",
        "name:asc",
        "name:desc",
        "size",
        "size:asc",
        "size:desc",
    ];

    /// Sorts by what is first in the list: the latest, the largest, the first name.
    pub(super) fn apply(self, entries: &mut [Entry<'_>]) {
        entries.sort_by(|a, b| {
            let ordering = match self.key {
                SortKey::Accessed => a.repo.last_accessed.total_cmp(&b.repo.last_accessed),
                SortKey::Modified => a.modified().total_cmp(&b.modified()),
                SortKey::Name => {
                    let name = |entry: &Entry<'_>| entry.repo.cache_id().to_lowercase();
                    name(a).cmp(&name(b))
                }
                SortKey::Size => a.size().cmp(&b.size()),
            };
            if self.descending {
                ordering.reverse()
            } else {
                ordering
            }
        });
    }
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, order) = text.split_once(':').unwrap_or((text, ""));
        let key = match key {
            "accessed" => SortKey::Accessed,
            "modified" => SortKey::Modified,
            "name" => SortKey::Name,
            "size" => SortKey::Size,
            _ => return Err(format!("expected one of {}", Self::VALUES.join(", "))),
        };
        let descending = match order {
            "" => key != SortKey::Name,
            order => order == "desc",
        };
        Ok(Self { key, descending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read() {
        for (text, filter) in [
            ("size>1GB", Filter::Size(Compare::Greater, 1_000_000_000)),
            ("SIZE <= 5k", Filter::Size(Compare::AtMost, 5000)),
            (
                "accessed>=2h",
                Filter::Accessed(Compare::AtLeast, Duration::from_secs(7200)),
            ),
            (
                "modified!=30",
                Filter::Modified(Compare::NotEqual, Duration::from_secs(30)),
            ),
            ("type=Dataset", Filter::Type("dataset".to_owned())),
            ("refs = refs/pr/1", Filter::Refs("refs/pr/1".to_owned())),
        ] {
            assert_eq!(text.parse(), Ok(filter), "{text}");
        }
        for wrong in [
            "",
            "size",
            "size>",
            "size==1",
            "age>1",
            "type!=model",
            "refs>main",
            "size>x",
            "accessed>1GB",
        ] {
            assert!(wrong.parse::<Filter>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_ascend_and_the_rest_descends() {
        let order = |text: &str| text.parse::<Sort>().unwrap().descending;
        assert!(order("size") && order("accessed") && order("name:desc"));
        assert!(!order("name") && !order("modified:asc"));
    }
}
