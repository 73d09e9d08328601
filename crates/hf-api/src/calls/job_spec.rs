//! The specification of a job, as requests carry it.

use std::collections::BTreeMap;

use hf_transport::digest::Sha256Hasher;
use hf_types::{JobHardware, Volume};
use serde_json::{Map, Value, json};

use super::repos::volumes;
use super::support::put;
use crate::call::{JobTimeout, Secret};
use crate::{Error, Result};

/// What images of Spaces start with.
const SPACE_PREFIXES: [&str; 4] = [
    "https://huggingface.co/spaces/",
    "https://hf.co/spaces/",
    "huggingface.co/spaces/",
    "hf.co/spaces/",
];

/// The parameters that every call which launches a job has.
#[derive(Debug, Default)]
pub(super) struct JobSpecInput {
    pub(super) image: String,
    pub(super) command: Vec<String>,
    pub(super) env: Option<BTreeMap<String, Value>>,
    pub(super) secrets: Option<Secret<BTreeMap<String, Value>>>,
    pub(super) flavor: Option<JobHardware>,
    pub(super) timeout: Option<JobTimeout>,
    pub(super) attempts: Option<u64>,
    pub(super) name: Option<String>,
    pub(super) labels: Option<BTreeMap<String, String>>,
    pub(super) volumes: Option<Vec<Volume>>,
    pub(super) expose: Option<Vec<u32>>,
    pub(super) expose_public: Option<Vec<u32>>,
    pub(super) ssh: bool,
    pub(super) network_group: Option<String>,
    pub(super) network_aliases: Option<Vec<String>>,
    pub(super) resource_group_id: Option<String>,
}

/// Takes the parameters that are common to launching calls out of one.
macro_rules! spec_input {
    ($call:expr, $image:expr, $command:expr, $name:expr) => {
        JobSpecInput {
            image: $image,
            command: $command,
            name: $name,
            env: $call.env,
            secrets: $call.secrets,
            flavor: $call.flavor,
            timeout: $call.timeout,
            attempts: $call.attempts,
            labels: $call.labels,
            volumes: $call.volumes,
            expose: $call.expose,
            expose_public: $call.expose_public,
            resource_group_id: $call.resource_group_id,
            ..JobSpecInput::default()
        }
    };
}
pub(super) use spec_input;

impl JobSpecInput {
    /// The body that the Hub reads.
    pub(super) fn body(self) -> Result<Map<String, Value>> {
        if self.network_aliases.as_ref().is_some_and(|a| !a.is_empty())
            && self.network_group.is_none()
        {
            return Err(Error::validation(
                "`network_aliases` needs `network_group`, the group they are names in",
            ));
        }
        let mut labels = self.labels.unwrap_or_default();
        if let Some(name) = self.name
            && labels.insert("name".to_owned(), name).is_some()
        {
            return Err(Error::validation(
                "`name` and the label `name` are the same; give one of them",
            ));
        }
        let mut body = Map::new();
        body.insert("command".into(), json!(self.command));
        body.insert("arguments".into(), json!([]));
        body.insert("environment".into(), json!(self.env.unwrap_or_default()));
        let flavor = self.flavor.filter(|flavor| !flavor.as_str().is_empty());
        let flavor = flavor.unwrap_or(JobHardware::CpuBasic);
        body.insert("flavor".into(), flavor.as_str().into());
        put(
            &mut body,
            "secrets",
            self.secrets
                .map(Secret::into_inner)
                .filter(|secrets| !secrets.is_empty())
                .map(|secrets| json!(secrets)),
        );
        let timeout = self.timeout.as_ref().map(JobTimeout::seconds).transpose()?;
        put(&mut body, "timeoutSeconds", timeout.flatten());
        put(&mut body, "attempts", self.attempts);
        put(
            &mut body,
            "labels",
            (!labels.is_empty()).then(|| json!(labels)),
        );
        put(&mut body, "volumes", volumes(self.volumes.as_deref()));
        let ports = [&self.expose, &self.expose_public];
        if ports
            .iter()
            .any(|p| p.as_ref().is_some_and(|p| !p.is_empty()))
        {
            let expose = expose_body(self.expose.as_deref(), self.expose_public.as_deref());
            body.insert("expose".into(), expose);
        }
        put(&mut body, "ssh", self.ssh.then(|| json!({"enabled": true})));
        if let Some(group) = self.network_group.filter(|group| !group.is_empty()) {
            let mut network = Map::from_iter([("group".to_owned(), Value::from(group))]);
            put(
                &mut network,
                "aliases",
                self.network_aliases.filter(|a| !a.is_empty()),
            );
            body.insert("network".into(), network.into());
        }
        let group = self.resource_group_id.filter(|group| !group.is_empty());
        put(&mut body, "resourceGroupId", group);
        match space_image(&self.image) {
            Some(space) => body.insert("spaceId".into(), space.into()),
            None => body.insert("dockerImage".into(), self.image.into()),
        };
        Ok(body)
    }
}

fn space_image(image: &str) -> Option<&str> {
    SPACE_PREFIXES
        .iter()
        .find_map(|prefix| image.strip_prefix(prefix))
}

/// Ports as the Hub reads them: public ones are among all of them.
pub(super) fn expose_body(expose: Option<&[u32]>, public: Option<&[u32]>) -> Value {
    fn unique(ports: impl Iterator<Item = u32>) -> Vec<u32> {
        ports.fold(Vec::new(), |mut seen, port| {
            if !seen.contains(&port) {
                seen.push(port);
            }
            seen
        })
    }
    let public = unique(public.unwrap_or_default().iter().copied());
    let all = unique(
        expose
            .unwrap_or_default()
            .iter()
            .copied()
            .chain(public.iter().copied()),
    );
    json!({"ports": all, "portsPublic": public})
}

/// Returns the default name of a job: made from its image and a hash of the
/// command, so that the same job has the same name.
///
/// Whatever else shall tell jobs apart, such as their hardware, may follow the words of the command.
///
/// ```
/// use hf_api::calls::jobs::default_name_for_image;
/// let command = ["foo".to_owned(), "--truc".to_owned()];
/// assert_eq!(default_name_for_image("python:3.12", &command), "python-3-12-7c6db949");
/// ```
pub fn default_name_for_image(image: &str, command: &[String]) -> String {
    let base = match space_image(image) {
        Some("") => image,
        Some(space) => space,
        None => last_segment(image),
    };
    named(base, image, command)
}

/// Returns the default name of a job that runs a script: made from the name of the script and a hash of its arguments.
pub fn default_name_for_script(script: &str, args: &[String]) -> String {
    let path = script.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end_matches('/');
    let base = path.rsplit('/').next().unwrap_or_default();
    let base = base.strip_suffix(".py").unwrap_or(base);
    named(if base.is_empty() { script } else { base }, script, args)
}

fn last_segment(image: &str) -> &str {
    match image.trim_end_matches('/').rsplit('/').next() {
        Some("") | None => image,
        Some(last) => last,
    }
}

fn named(base: &str, first: &str, rest: &[String]) -> String {
    let mut name: String = base
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
                c
            } else {
                '-'
            }
        })
        .collect();
    let mut hash = Sha256Hasher::new();
    hash.update(first.as_bytes());
    for part in rest {
        hash.update([0]);
        hash.update(part.as_bytes());
    }
    name.push('-');
    push_short_hash(&mut name, hash);
    name
}

/// Adds the first 8 hex digits of a hash.
pub(super) fn push_short_hash(text: &mut String, hash: Sha256Hasher) {
    text.push_str(&hash.finish().as_str()[..8]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_python() {
        let command = ["foo".to_owned(), "--truc".to_owned()];
        assert_eq!(
            default_name_for_image("python:3.12", &command),
            "python-3-12-7c6db949"
        );
        assert!(
            default_name_for_image("hf.co/spaces/lhoestq/duckdb", &[])
                .starts_with("lhoestq-duckdb-")
        );
        assert!(default_name_for_script("https://x.org/sft.py?raw=1", &[]).starts_with("sft-"));
        assert!(default_name_for_script("lighteval", &[]).starts_with("lighteval-"));
    }

    #[test]
    fn public_ports_are_exposed_too() {
        assert_eq!(
            expose_body(Some(&[80, 80]), Some(&[443, 80])),
            json!({"ports": [80, 443], "portsPublic": [443, 80]})
        );
    }
}
