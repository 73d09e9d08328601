//! A job as its options and its script describe it.

use std::collections::BTreeSet;
use std::path::Path;

use hf_api::calls::jobs::{default_name_for_image, default_name_for_script};
use hf_api::types::{HfMount, Volume};
use serde_json::{Map, Value, json};

use super::header::Header;
use super::labels;
use super::options::{NowOptions, SpecOptions, UvOptions};
use crate::failure::Failure;
use crate::hub::Hub;
use crate::spaces::volume;
use crate::variables::{Variables, environment};

/// The image that runs a script unless another is named.
pub(super) const UV_IMAGE: &str = "ghcr.io/astral-sh/uv:python3.12-bookworm";
pub(super) const DEFAULT_FLAVOR: &str = "cpu-basic";

/// What a job runs.
pub(super) enum Program<'a> {
    Command {
        image: &'a str,
        command: &'a [String],
    },
    Script {
        script: &'a str,
        args: &'a [String],
        uv: &'a UvOptions,
    },
}

/// A job, resolved.
#[derive(Default)]
pub(super) struct Spec {
    pub(super) image: Option<String>,
    pub(super) python: Option<String>,
    pub(super) flavor: Option<String>,
    pub(super) timeout: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) network_group: Option<String>,
    pub(super) network_aliases: Vec<String>,
    pub(super) env: Variables,
    /// `None` for a secret that is not set here, which a dry run allows.
    pub(super) secrets: Vec<(String, Option<String>)>,
    pub(super) labels: Map<String, Value>,
    /// Whether somebody has given the name.
    pub(super) is_named: bool,
    pub(super) volumes: Vec<String>,
    /// What the script has brought: `flavor`, `env.KEY`, ...
    pub(super) from_script: BTreeSet<String>,
}

impl Spec {
    /// Puts options, header and defaults together. An option wins over the script; variables, labels, secrets and
    /// volumes are merged one by one.
    pub(super) fn resolve(
        program: &Program<'_>,
        options: &SpecOptions,
        now: &NowOptions,
        header: &Header,
        hub: &Hub,
    ) -> Result<Self, Failure> {
        let mut spec = Self::default();
        let uv = match program {
            Program::Script { uv, .. } => Some(uv),
            Program::Command { .. } => None,
        };
        spec.image = spec.pick(
            "image",
            uv.and_then(|uv| uv.image.as_ref()),
            header.image.as_ref(),
        );
        spec.python = spec.pick(
            "python",
            uv.and_then(|uv| uv.python.as_ref()),
            header.python.as_ref(),
        );
        spec.flavor = spec.pick("flavor", options.flavor.as_ref(), header.flavor.as_ref());
        spec.timeout = spec.pick("timeout", options.timeout.as_ref(), header.timeout.as_ref());
        spec.namespace = spec.pick(
            "namespace",
            options.namespace.as_ref(),
            header.namespace.as_ref(),
        );
        spec.network_group = spec.pick(
            "network_group",
            now.network_group.as_ref(),
            header.network_group.as_ref(),
        );
        spec.network_aliases.clone_from(&now.network_alias);
        if now.network_alias.is_empty() && !header.network_aliases.is_empty() {
            spec.network_aliases.clone_from(&header.network_aliases);
            spec.from_script.insert("network_aliases".to_owned());
        }
        let given = options.env.read(&hub.api, hub.output)?;
        for (name, value) in header.env.iter().filter(|(name, _)| !given.contains(name)) {
            spec.env.set(name.clone(), value.clone());
            spec.from_script.insert(format!("env.{name}"));
        }
        for (name, value) in given.iter() {
            spec.env.set(name.to_owned(), value.to_owned());
        }
        spec.resolve_secrets(options, header, hub)?;
        spec.resolve_labels(options, header)?;
        spec.resolve_volumes(options, header);
        spec.name_by_default(program, options);
        Ok(spec)
    }

    fn pick(
        &mut self,
        key: &str,
        option: Option<&String>,
        script: Option<&String>,
    ) -> Option<String> {
        if option.is_none() && script.is_some() {
            self.from_script.insert(key.to_owned());
        }
        option.or(script).cloned()
    }

    fn resolve_secrets(
        &mut self,
        options: &SpecOptions,
        header: &Header,
        hub: &Hub,
    ) -> Result<(), Failure> {
        let given = options.secrets.read(&hub.api, hub.output)?;
        let mut missing: Vec<_> = options
            .secrets
            .missing(&given)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut sent = Vec::new();
        for name in header.secrets.iter().filter(|name| !given.contains(name)) {
            let value = environment(name, &hub.api);
            match &value {
                Some(_) => sent.push(name.as_str()),
                None => missing.push(name.clone()),
            }
            self.from_script.insert(format!("secrets.{name}"));
            self.secrets.push((name.clone(), value));
        }
        self.secrets.extend(
            given
                .iter()
                .map(|(name, value)| (name.to_owned(), Some(value.to_owned()))),
        );
        if !missing.is_empty() && !options.dry_run {
            return Err(Failure::usage(format!(
                "no value for the secret(s) {}: the environment has none; --secrets-file takes them from a file",
                missing.join(", ")
            )));
        }
        for name in missing {
            if !self.secrets.iter().any(|(known, _)| *known == name) {
                self.secrets.push((name, None));
            }
        }
        if !sent.is_empty() {
            hub.output.warn(&format!(
                "the script asks for {}: the values of your environment are sent to the job",
                sent.join(", ")
            ));
        }
        Ok(())
    }

    fn resolve_labels(&mut self, options: &SpecOptions, header: &Header) -> Result<(), Failure> {
        let given = labels::parse(&options.label, options.name.as_deref())?;
        let script = header
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value));
        let name = header.name.as_ref().map(|name| ("name", name));
        for (key, value) in script
            .chain(name)
            .filter(|(key, _)| !given.contains_key(*key))
        {
            self.labels.insert(key.to_owned(), value.as_str().into());
            self.from_script.insert(format!("labels.{key}"));
        }
        self.labels.extend(given);
        self.is_named = self.labels.contains_key("name");
        Ok(())
    }

    fn resolve_volumes(&mut self, options: &SpecOptions, header: &Header) {
        let mount_path = |spec: &str| split_mount(spec).map(|mount| mount.path.to_owned());
        let given: Vec<_> = options.volume.iter().map(|spec| mount_path(spec)).collect();
        for spec in &header.volumes {
            if !given.contains(&mount_path(spec)) {
                self.volumes.push(spec.clone());
                self.from_script.insert(format!("volumes.{spec}"));
            }
        }
        self.volumes.extend(options.volume.iter().cloned());
    }

    /// Names the job by what it runs and how, so that the same line has the same name.
    fn name_by_default(&mut self, program: &Program<'_>, options: &SpecOptions) {
        if self.is_named {
            return;
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut parts = vec![
            self.flavor
                .clone()
                .unwrap_or_else(|| DEFAULT_FLAVOR.to_owned()),
            text(&self.timeout),
            text(&self.namespace),
            text(&self.network_group),
        ];
        if let Program::Script { uv, .. } = program {
            parts.push(self.image.clone().unwrap_or_else(|| UV_IMAGE.to_owned()));
            parts.push(text(&self.python));
            parts.extend(uv.with.iter().cloned());
        }
        parts.extend(options.attempts.map(|attempts| attempts.to_string()));
        let mut env: Vec<_> = self.env.iter().collect();
        env.sort_unstable();
        parts.extend(env.iter().map(|(name, value)| format!("{name}={value}")));
        let secrets: BTreeSet<_> = self.secrets.iter().map(|(name, _)| name.clone()).collect();
        parts.extend(secrets);
        parts.extend(self.volumes.iter().cloned());
        parts.extend(self.network_aliases.iter().cloned());
        let name = match program {
            Program::Command { image, command } => {
                default_name_for_image(image, &[command, &parts[..]].concat())
            }
            Program::Script { script, args, .. } => {
                default_name_for_script(script, &[args, &parts[..]].concat())
            }
        };
        self.labels.insert("name".to_owned(), name.into());
    }

    /// Returns the volumes, after local folders were brought to a bucket.
    pub(super) async fn mount(&self, hub: &Hub) -> Result<Option<Vec<Volume>>, Failure> {
        let mut volumes = Vec::new();
        for spec in &self.volumes {
            volumes.push(mount(spec, self.namespace.as_deref(), hub).await?);
        }
        Ok((!volumes.is_empty()).then_some(volumes))
    }

    /// The arguments that the calls for all kinds of jobs share.
    pub(super) fn arguments(&self, options: &SpecOptions, volumes: Option<&Vec<Volume>>) -> Value {
        let some = |ports: &Vec<u16>| (!ports.is_empty()).then(|| ports.clone());
        let secrets = self.secrets.iter();
        let secrets =
            secrets.filter_map(|(name, value)| Some((name.clone(), json!(value.as_ref()?))));
        let secrets: Map<_, _> = secrets.collect();
        json!({
            "env": self.env.to_json(),
            "secrets": (!secrets.is_empty()).then_some(secrets),
            "labels": self.labels,
            "volumes": volumes,
            "flavor": self.flavor,
            "timeout": self.timeout,
            "attempts": options.attempts,
            "expose": some(&options.expose),
            "expose_public": some(&options.expose_public),
            "resource_group_id": options.resource_group_id,
            "namespace": self.namespace,
        })
    }
}

/// `SOURCE:/PATH[:ro|:rw]`
struct MountSpec<'a> {
    source: &'a str,
    path: &'a str,
    read_only: Option<bool>,
}

fn split_mount(spec: &str) -> Option<MountSpec<'_>> {
    let (body, read_only) = match (spec.strip_suffix(":ro"), spec.strip_suffix(":rw")) {
        (Some(body), _) => (body, Some(true)),
        (None, Some(body)) => (body, Some(false)),
        (None, None) => (spec, None),
    };
    let colon = body.rfind(":/").filter(|colon| *colon > 0)?;
    Some(MountSpec {
        source: &body[..colon],
        path: &body[colon + 1..],
        read_only,
    })
}

async fn mount(spec: &str, namespace: Option<&str>, hub: &Hub) -> Result<Volume, Failure> {
    if spec.starts_with("hf://") {
        return Ok(volume(&spec.parse::<HfMount>()?));
    }
    let Some(parts) = split_mount(spec) else {
        return Err(Failure::usage(format!(
            "the volume `{spec}` has no path in the job: expected FOLDER:/MOUNT_PATH[:ro|:rw]"
        )));
    };
    if !Path::new(parts.source).is_dir() {
        return Err(Failure::usage(format!(
            "`{}` is not a folder; repositories and buckets are mounted as hf://TYPE/ID:/MOUNT_PATH",
            parts.source
        )));
    }
    let mut call = hub
        .api
        .sync_job_volume(parts.source, parts.path)
        .read_only(parts.read_only.unwrap_or(true));
    if let Some(namespace) = namespace {
        call = call.namespace(namespace);
    }
    let volume = call.await?;
    if volume.read_only == Some(false) {
        let path = volume.path.as_deref().unwrap_or_default();
        hub.output.hint(&format!(
            "`hf buckets sync hf://buckets/{}/{path} {}` brings back what the job wrote to {}",
            volume.source, parts.source, parts.path
        ));
    }
    Ok(volume)
}
