//! The options that a Python script carries: the table `[tool.hf-jobs]` of its header (PEP 723).

use std::collections::BTreeMap;
use std::path::Path;

use hf_api::transport::Request;
use hf_api::{Client, Error, Result};
use serde::Deserialize;

/// The names that the table may have.
const KEYS: [&str; 12] = [
    "image",
    "flavor",
    "python",
    "timeout",
    "name",
    "namespace",
    "network_group",
    "env",
    "secrets",
    "labels",
    "volumes",
    "network_aliases",
];

/// A script is text; more is a mistake.
const LARGEST_SCRIPT: u64 = 16 << 20;

/// The table of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Header {
    pub(super) image: Option<String>,
    pub(super) flavor: Option<String>,
    pub(super) python: Option<String>,
    #[serde(deserialize_with = "timeout")]
    pub(super) timeout: Option<String>,
    pub(super) name: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) network_group: Option<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) secrets: Vec<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) volumes: Vec<String>,
    pub(super) network_aliases: Vec<String>,
}

/// A script, and what keeps it on the disk.
#[derive(Debug)]
pub(super) struct Script {
    /// What the job is made of: a file here, or a command.
    pub(super) source: String,
    pub(super) header: Header,
    /// The folder of a script that was downloaded.
    _folder: Option<tempfile::TempDir>,
}

impl Script {
    /// Reads a local file or a URL; anything else is a command without a header.
    ///
    /// A script by URL is downloaded, and brought to the job like a local one: its header must be read here, and what
    /// is read is what runs.
    pub(super) async fn load(script: &str, client: &Client) -> Result<Self> {
        if script.starts_with("https://") || script.starts_with("http://") {
            let (folder, file, text) = download(script, client).await?;
            return Ok(Self {
                source: file,
                header: Header::parse(&text)?,
                _folder: Some(folder),
            });
        }
        let mut header = Header::default();
        if Path::new(script).is_file() {
            let text = std::fs::read_to_string(script)
                .map_err(|error| Error::io(format_args!("reading `{script}`"), error))?;
            header = Header::parse(&text)?;
        }
        Ok(Self {
            source: script.to_owned(),
            header,
            _folder: None,
        })
    }
}

async fn download(url: &str, client: &Client) -> Result<(tempfile::TempDir, String, String)> {
    let response = client.execute(Request::get(url)).await;
    let response = response.map_err(|error| error.with_context("downloading the script"))?;
    let body = response.collect(LARGEST_SCRIPT).await?;
    let text = String::from_utf8(body.body().to_vec())
        .map_err(|_| Error::validation(format!("the script at {url} is not UTF-8")))?;
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_usable = name.ends_with(".py") && name.chars().all(is_name);
    let folder = tempfile::tempdir().map_err(|error| Error::io("making a folder", error))?;
    let file = folder
        .path()
        .join(if is_usable { name } else { "script.py" });
    std::fs::write(&file, &text).map_err(|error| Error::io("writing the script", error))?;
    Ok((folder, file.to_string_lossy().into_owned(), text))
}

impl Header {
    /// Reads the table of a script, which most scripts do not have.
    pub(super) fn parse(script: &str) -> Result<Self> {
        let Some(block) = block(script) else {
            return Ok(Self::default());
        };
        if !block.contains("hf-jobs") {
            return Ok(Self::default());
        }
        let wrong = |what: String| Error::validation(format!("the header of the script: {what}"));
        let table: toml::Table =
            toml::from_str(&block).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        let Some(table) = table.get("tool").and_then(|tool| tool.get("hf-jobs")) else {
            return Ok(Self::default());
        };
        let Some(members) = table.as_table() else {
            return Err(wrong("`tool.hf-jobs` must be a table".to_owned()));
        };
        if let Some(unknown) = members.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(wrong(format!("[tool.hf-jobs] has no key `{unknown}`"))
                .with_hint(format!("its keys are {}", KEYS.join(", "))));
        }
        if members.get("secrets").is_some_and(toml::Value::is_table) {
            return Err(
                wrong("`secrets` must be a list of names".to_owned()).with_hint(
                    "scripts are shared: the values come from the environment of whoever runs them",
                ),
            );
        }
        let read = table.clone().try_into();
        read.map_err(|error| wrong(format!("[tool.hf-jobs]: {}", error.to_string().trim())))
    }
}

/// A text, or a number of seconds.
fn timeout<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Timeout {
        Text(String),
        Seconds(i64),
    }
    Ok(Some(match Timeout::deserialize(deserializer)? {
        Timeout::Text(text) => text,
        Timeout::Seconds(seconds) => seconds.to_string(),
    }))
}

/// Returns the first block `script` of comments, without their marks.
fn block(script: &str) -> Option<String> {
    let mut lines = script.lines().map(|line| line.trim_end_matches('\r'));
    lines.find(|line| *line == "# /// script")?;
    let (mut found, mut kept) = (None, String::new());
    // The last end counts, as a block may hold the mark of an end itself.
    for line in lines {
        let content = match line.strip_prefix("# ") {
            Some(content) => content,
            None if line == "#" => "",
            None => break,
        };
        if line == "# ///" {
            found = Some(kept.clone());
        }
        kept.push_str(content);
        kept.push('\n');
    }
    found.filter(|block| !block.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_carries_its_options() {
        let script = "#!/usr/bin/env python\r\n# /// script\r\n# dependencies = [\"x\"]\r\n#\r\n# [tool.hf-jobs]\r\n\
                      # flavor = \"a10g-small\"\r\n# timeout = 90\r\n# secrets = [\"HF_TOKEN\"]\r\n\
                      # env = { A = \"1\" }\r\n# ///\r\nprint(1)\r\n";
        let header = Header::parse(script).unwrap();
        assert_eq!(header.flavor.as_deref(), Some("a10g-small"));
        assert_eq!(header.timeout.as_deref(), Some("90"));
        assert_eq!(header.secrets, ["HF_TOKEN"]);
        assert_eq!(header.env["A"], "1");
    }

    #[test]
    fn most_scripts_carry_none() {
        for script in [
            "",
            "print(1)",
            "# /// script\n# dependencies = []\n# ///\n",
            "# /// script\n# [tool.hf-jobs]\n# never ended\n",
            "# /// other\n# [tool.hf-jobs]\n# ///\n",
        ] {
            assert_eq!(
                Header::parse(script).unwrap(),
                Header::default(),
                "{script}"
            );
        }
    }

    #[test]
    fn a_wrong_table_is_told() {
        for (table, told) in [
            ("flavour = \"x\"", "flavour"),
            ("flavor = 1", "flavor"),
            ("timeout = true", "timeout"),
            ("secrets = { A = \"1\" }", "list of names"),
            ("env = { A = 1 }", "env"),
            ("= 1", "header of the script"),
        ] {
            let script = format!("# /// script\n# [tool.hf-jobs]\n# {table}\n# ///\n");
            let error = Header::parse(&script).unwrap_err().to_string();
            assert!(error.contains(told), "{table}: {error}");
        }
        let error = Header::parse("# /// script\n# tool.hf-jobs = 1\n# ///\n").unwrap_err();
        assert!(error.to_string().contains("must be a table"), "{error}");
    }
}
