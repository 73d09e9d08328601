//! Repositories as people name them on a command line.

use std::str::FromStr;

use hf_api::types::{HfUri, RepoId, RepoType, ValidationError};

use crate::args::RepoTypeArgs;
use crate::failure::Failure;

/// The argument `REPO_ID`: `user/model`, `datasets/user/data`, `hf://datasets/user/data@v1/train.csv`, or the URL of a
/// page of the Hub.
#[derive(Debug, Clone)]
pub(crate) struct RepoArg {
    text: String,
    id: RepoId,
    /// The type that the text itself names.
    repo_type: Option<RepoType>,
    /// Of a URL alone.
    pub(crate) revision: Option<String>,
    /// Of a URL alone; empty for the whole repository.
    pub(crate) path: String,
    /// Whether the text is an `hf://` URI or a URL.
    pub(crate) is_url: bool,
}

impl FromStr for RepoArg {
    type Err = ValidationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_url(text) {
            let endpoint = std::env::var("HF_ENDPOINT").ok();
            let uri = HfUri::parse(text, endpoint.as_deref().filter(|url| !url.is_empty()))?;
            let Some(repo_type) = uri.r#type().repo_type() else {
                return Err(ValidationError::new(
                    "repo id",
                    text,
                    "it is a bucket; `hf sync`, `hf cp` and `hf buckets` read and write buckets",
                ));
            };
            return Ok(Self {
                text: text.to_owned(),
                id: uri.id().parse()?,
                repo_type: Some(repo_type),
                revision: uri.revision().map(str::to_owned),
                path: uri.path_in_repo().to_owned(),
                is_url: true,
            });
        }
        let typed = text
            .split_once('/')
            .filter(|(_, rest)| rest.matches('/').count() == 1)
            .and_then(|(first, rest)| Some((RepoType::from_plural(first)?, rest)));
        let (repo_type, id) = match typed {
            Some((repo_type, id)) => (Some(repo_type), id),
            None => (None, text),
        };
        Ok(Self {
            text: text.to_owned(),
            id: id.parse()?,
            repo_type,
            revision: None,
            path: String::new(),
            is_url: false,
        })
    }
}

impl RepoArg {
    /// Returns the path of a URL, with the `/` that the text ends in: it says that the path is a folder.
    pub(crate) fn path_with_slash(&self) -> String {
        if self.text.ends_with('/') && !self.path.is_empty() {
            format!("{}/", self.path)
        } else {
            self.path.clone()
        }
    }

    /// Returns the id and the type of the repository.
    ///
    /// # Errors
    /// `Usage` if the type is both in the id and in `--type`.
    pub(crate) fn resolve(&self, options: &RepoTypeArgs) -> Result<(RepoId, RepoType), Failure> {
        let repo_type = match (self.repo_type, options.repo_type) {
            (Some(inside), Some(option)) => {
                return Err(Failure::usage(format!(
                    "`{}` says that it is a {inside}, so `--type {option}` has no place",
                    self.text
                )));
            }
            (inside, option) => inside.or(option).unwrap_or_default(),
        };
        Ok((self.id.clone(), repo_type))
    }

    /// The same where a revision or a path means nothing.
    pub(crate) fn resolve_whole(
        &self,
        options: &RepoTypeArgs,
    ) -> Result<(RepoId, RepoType), Failure> {
        if self.revision.is_some() || !self.path.is_empty() {
            return Err(Failure::usage(format!(
                "`{}` names more than a repository",
                self.text
            )));
        }
        self.resolve(options)
    }
}

impl RepoArg {
    /// Returns the id of a second repository, which must be of the type of the first.
    ///
    /// # Errors
    /// `Usage` if its text names another type, or more than a repository.
    pub(crate) fn resolve_beside(
        &self,
        repo_type: RepoType,
    ) -> Result<(RepoId, RepoType), Failure> {
        match self.repo_type {
            Some(other) if other != repo_type => Err(Failure::usage(format!(
                "`{}` says that it is a {other}, but the other repository is a {repo_type}",
                self.text
            ))),
            _ if self.revision.is_some() || !self.path.is_empty() => Err(Failure::usage(format!(
                "`{}` names more than a repository",
                self.text
            ))),
            _ => Ok((self.id.clone(), repo_type)),
        }
    }
}

/// Returns whether a text is an `hf://` URI or a URL rather than an id.
pub(crate) fn is_url(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    text.contains("://") || host == "huggingface.co" || host == "hf.co"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<RepoType>, Option<String>, String) {
        let arg: RepoArg = text.parse().unwrap();
        (arg.id.to_string(), arg.repo_type, arg.revision, arg.path)
    }

    #[test]
    fn repositories_are_named_in_many_ways() {
        let plain = |id: &str, repo_type| (id.to_owned(), repo_type, None, String::new());
        assert_eq!(parsed("gpt2"), plain("gpt2", None));
        assert_eq!(parsed("user/m"), plain("user/m", None));
        assert_eq!(parsed("datasets/d"), plain("datasets/d", None));
        assert_eq!(
            parsed("datasets/user/d"),
            plain("user/d", Some(RepoType::Dataset))
        );
        assert_eq!(
            parsed("hf://spaces/user/s"),
            plain("user/s", Some(RepoType::Space))
        );
        assert_eq!(
            parsed("https://huggingface.co/datasets/user/d/blob/main/a/b.csv"),
            (
                "user/d".to_owned(),
                Some(RepoType::Dataset),
                Some("main".to_owned()),
                "a/b.csv".to_owned()
            )
        );
        for wrong in [
            "a/b/c",
            "models/a/b/c",
            "hf://buckets/user/b",
            "hf://gpt2",
            "",
            "a//b",
            "user/..",
        ] {
            assert!(wrong.parse::<RepoArg>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_type_is_enough() {
        let options = |repo_type| RepoTypeArgs { repo_type };
        let arg: RepoArg = "datasets/user/d".parse().unwrap();
        let resolved = arg.resolve(&options(None)).unwrap();
        assert_eq!(resolved.1, RepoType::Dataset);
        assert!(arg.resolve(&options(Some(RepoType::Dataset))).is_err());
        let arg: RepoArg = "hf://user/m@v1".parse().unwrap();
        assert!(arg.resolve_whole(&options(None)).is_err());
    }
}
