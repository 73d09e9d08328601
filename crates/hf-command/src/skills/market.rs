//! The bucket of skills.

use hf_api::Error;
use hf_api::types::RepoPath;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::hub::Hub;

const BUCKET: &str = "huggingface/skills";
const INDEX: &str = "marketplace.json";

/// The index of the bucket.
pub(super) struct Market {
    skills: Vec<Skill>,
}

struct Skill {
    name: String,
    description: String,
    /// The folder in the bucket.
    source: String,
}

impl Market {
    pub(super) async fn load(hub: &Hub) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|error| Error::io("making a folder", error))?;
        let file = folder.path().join("index.json");
        let arguments = json!({
            "bucket_id": BUCKET, "files": [[INDEX, file]], "raise_on_missing_files": true,
        });
        hub.call("download_bucket_files", arguments).await?;
        let index = std::fs::read(&file).map_err(|error| Error::io("reading the index", error))?;
        Self::parse(&index).ok_or_else(|| {
            Error::decode(format!(
                "{INDEX} of the bucket {BUCKET} is no list of skills"
            ))
            .into()
        })
    }

    /// Entries that are no skills, or whose names are no names of folders, are passed over.
    fn parse(index: &[u8]) -> Option<Self> {
        let index: Value = serde_json::from_slice(index).ok()?;
        let skill = |plugin: &Value| {
            let name = plugin["name"].as_str().filter(|name| is_name(name))?;
            let source = plugin["source"]
                .as_str()?
                .trim()
                .trim_start_matches("./")
                .trim_matches('/');
            Some(Skill {
                name: name.to_owned(),
                description: plugin["description"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                source: source.parse::<RepoPath>().ok()?.to_string(),
            })
        };
        let skills = index["plugins"]
            .as_array()?
            .iter()
            .filter_map(skill)
            .collect();
        Some(Self { skills })
    }

    /// The names and the descriptions.
    pub(super) fn skills(&self) -> impl Iterator<Item = (&str, &str)> {
        self.skills
            .iter()
            .map(|skill| (skill.name.as_str(), skill.description.as_str()))
    }

    /// Downloads the files of a skill to a folder.
    pub(super) async fn download(
        &self,
        hub: &Hub,
        name: &str,
    ) -> Result<tempfile::TempDir, Failure> {
        let skill = self
            .skills
            .iter()
            .find(|skill| skill.name.eq_ignore_ascii_case(name));
        let skill = skill.ok_or_else(|| {
            Error::validation(format!("there is no skill '{name}' in the bucket {BUCKET}"))
                .with_hint("`hf skills ls` lists them")
        })?;
        let prefix = format!("{}/", skill.source);
        let arguments = json!({"bucket_id": BUCKET, "prefix": skill.source, "recursive": true});
        let found = hub.items("list_bucket_tree", arguments, usize::MAX).await?;
        let folder = tempfile::tempdir().map_err(|error| Error::io("making a folder", error))?;
        let mut files = Vec::new();
        for path in found
            .iter()
            .filter(|item| item["type"] == "file")
            .filter_map(|item| item["path"].as_str())
        {
            if let Some(inside) = path.strip_prefix(&prefix) {
                // A path from outside must not lead out of the folder.
                let inside: RepoPath = inside.parse()?;
                files.push(json!([path, folder.path().join(inside.to_string())]));
            }
        }
        if !files
            .iter()
            .any(|file| file[0] == format!("{prefix}SKILL.md"))
        {
            return Err(Error::decode(format!("the skill '{name}' has no SKILL.md")).into());
        }
        let arguments =
            json!({"bucket_id": BUCKET, "files": files, "raise_on_missing_files": true});
        hub.call("download_bucket_files", arguments).await?;
        Ok(folder)
    }
}

/// Whether a text is the name of a folder, and of no other.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}
