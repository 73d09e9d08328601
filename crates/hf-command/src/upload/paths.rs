//! What is uploaded, and under which path.

use std::path::Path;

use hf_api::{Error, ErrorKind};

use crate::failure::Failure;

/// The two ends of an upload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Paths {
    pub(super) local: String,
    /// `.` for the root.
    pub(super) in_repo: String,
    pub(super) include: Vec<String>,
}

impl Paths {
    /// Finds out what is meant: without a local path, the file or folder that is named like the repository; a pattern
    /// stands for the files of the working directory that match.
    ///
    /// # Errors
    /// `FileNotFound` if there is no such file or folder, and `Usage` for a pattern together with what it excludes.
    pub(super) fn resolve(
        repo_name: &str,
        local: Option<&str>,
        in_repo: Option<String>,
        include: &[String],
    ) -> Result<Self, Failure> {
        let is_pattern = |text: &str| text.contains(['*', '?', '[']) && !Path::new(text).exists();
        if let Some(pattern) = local.filter(|text| is_pattern(text)) {
            if !include.is_empty() {
                return Err(Failure::usage(format!(
                    "`{pattern}` is a pattern, so --include has no place"
                )));
            }
            if in_repo.is_some_and(|path| path != ".") {
                return Err(Failure::usage(format!(
                    "`{pattern}` is a pattern, so the files keep their paths"
                )));
            }
            return Ok(Self {
                local: ".".to_owned(),
                in_repo: ".".to_owned(),
                include: vec![pattern.to_owned()],
            });
        }
        let path = Path::new(local.unwrap_or(repo_name));
        let is_file = path.is_file();
        if !is_file && !path.is_dir() {
            let error = Error::new(
                ErrorKind::FileNotFound,
                format!("there is no file or folder `{}`", path.display()),
            );
            return Err(match local {
                Some(_) => error,
                None => error.with_hint("name the file or folder: hf upload REPO_ID LOCAL_PATH"),
            }
            .into());
        }
        let name = || {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let in_repo = match in_repo {
            // A folder: the file keeps its name.
            Some(folder)
                if is_file && (folder.ends_with('/') || folder == "." || folder.is_empty()) =>
            {
                let folder = folder.trim_start_matches("./").trim_matches('/');
                match folder {
                    "" | "." => name(),
                    folder => format!("{folder}/{}", name()),
                }
            }
            Some(path) => match path.trim_matches('/') {
                "" => ".".to_owned(),
                path => path.to_owned(),
            },
            None if is_file => name(),
            None => ".".to_owned(),
        };
        Ok(Self {
            local: path.to_string_lossy().into_owned(),
            in_repo,
            include: include.to_vec(),
        })
    }

    pub(super) fn is_file(&self) -> bool {
        Path::new(&self.local).is_file()
    }
}
