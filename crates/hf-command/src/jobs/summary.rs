//! A job in words, before it is sent.

use serde_json::Value;

use super::options::{NowOptions, SpecOptions};
use super::spec::{DEFAULT_FLAVOR, Program, Spec, UV_IMAGE};
use crate::ssh::quoted;

/// So much of a variable is shown.
const SHOWN_CHARS: usize = 60;

impl Spec {
    /// Describes the job for a person: names and texts, secrets left out.
    pub(super) fn summary(
        &self,
        program: &Program<'_>,
        options: &SpecOptions,
        now: &NowOptions,
    ) -> Vec<(&'static str, Vec<String>)> {
        let ports = |ports: &[u16]| {
            ports
                .iter()
                .map(u16::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let shell = |words: &[String]| {
            words
                .iter()
                .map(|word| quoted(word))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let mut rows = Vec::new();
        let mut row = |key: &'static str, value: String| rows.push((key, vec![value]));
        match program {
            Program::Command { image, command } => {
                row("image", (*image).to_owned());
                row("command", shell(command));
            }
            Program::Script { script, args, uv } => {
                row("script", (*script).to_owned());
                row("args", shell(args));
                row("with", uv.with.join(" "));
                row(
                    "image",
                    self.image.clone().unwrap_or_else(|| UV_IMAGE.to_owned()),
                );
            }
        }
        row(
            "flavor",
            self.flavor
                .clone()
                .unwrap_or_else(|| DEFAULT_FLAVOR.to_owned()),
        );
        row("python", self.python.clone().unwrap_or_default());
        row("timeout", self.timeout.clone().unwrap_or_default());
        row(
            "attempts",
            options
                .attempts
                .map(|attempts| attempts.to_string())
                .unwrap_or_default(),
        );
        rows.push((
            "env",
            self.env
                .iter()
                .map(|(name, value)| format!("{name}={}", shorten(value)))
                .collect(),
        ));
        let secret = |(name, value): &(String, Option<String>)| {
            format!(
                "{name}={}",
                if value.is_some() { "***" } else { "<not set>" }
            )
        };
        rows.push(("secrets", self.secrets.iter().map(secret).collect()));
        rows.push(("volumes", self.volumes.clone()));
        let label = |(key, value): (&String, &Value)| {
            format!("{key}={}", value.as_str().unwrap_or_default())
        };
        rows.push(("labels", self.labels.iter().map(label).collect()));
        let mut row = |key: &'static str, value: String| rows.push((key, vec![value]));
        row("expose", ports(&options.expose));
        row("expose_public", ports(&options.expose_public));
        row(
            "ssh",
            if now.ssh {
                "True".to_owned()
            } else {
                String::new()
            },
        );
        row(
            "network_group",
            self.network_group.clone().unwrap_or_default(),
        );
        row("network_aliases", self.network_aliases.join(" "));
        row(
            "resource_group_id",
            options.resource_group_id.clone().unwrap_or_default(),
        );
        row("namespace", self.namespace.clone().unwrap_or_default());
        for (key, values) in &mut rows {
            values.retain(|value| !value.is_empty());
            for value in values {
                let name = value.split('=').next().unwrap_or_default();
                let one = format!(
                    "{key}.{}",
                    if *key == "volumes" {
                        value.as_str()
                    } else {
                        name
                    }
                );
                if self.from_script.contains(*key) || self.from_script.contains(&one) {
                    value.push_str(" (from script)");
                }
            }
        }
        rows.retain(|(_, values)| !values.is_empty());
        rows
    }
}

fn shorten(value: &str) -> String {
    if value.chars().count() <= SHOWN_CHARS {
        return value.to_owned();
    }
    value.chars().take(SHOWN_CHARS - 1).chain(['…']).collect()
}
