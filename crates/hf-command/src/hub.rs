//! Calls of the Hub by name, and the printing of what they return.

use futures_util::StreamExt as _;
use hf_api::{ErrorKind, HfApi};
use serde_json::{Value, json};

use crate::args::TokenArgs;
use crate::failure::{Done, Failure};
use crate::output::{Facts, Output, Table};
use crate::session;

/// The Hub, and the printer of the command that talks to it.
pub(crate) struct Hub {
    pub(crate) api: HfApi,
    pub(crate) output: Output,
}

impl Hub {
    pub(crate) async fn connect(token: &TokenArgs, output: Output) -> Result<Self, Failure> {
        let api = session::api(token, output).await?;
        Ok(Self { api, output })
    }

    /// Makes a call. Arguments that are null are left to their defaults.
    pub(crate) async fn call(&self, method: &str, arguments: Value) -> Result<Value, Failure> {
        Ok(self.api.call(method, arguments).await?)
    }

    /// Makes a call that returns a list, and takes at most `limit` items of it.
    pub(crate) async fn items(
        &self,
        method: &str,
        arguments: Value,
        limit: usize,
    ) -> Result<Vec<Value>, Failure> {
        let mut stream = self.api.call_stream(method, arguments)?.take(limit);
        let mut items = Vec::new();
        while let Some(item) = stream.next().await {
            items.push(item?);
        }
        Ok(items)
    }

    /// Prints things of which these fields are known, in columns of these names. Without names, the columns are what is
    /// known of the first.
    pub(crate) fn table(&self, rows: Vec<Facts>, columns: &[&str], id: &'static str) -> Done {
        let mut table = Table::new(columns.iter().copied(), id);
        for row in rows {
            table.push(row);
        }
        Ok(self.output.table(&table)?)
    }

    /// Prints all that is known of one thing.
    pub(crate) fn dict(&self, facts: &Facts) -> Done {
        Ok(self.output.dict(facts, None)?)
    }

    /// Prints what a command did.
    pub(crate) fn result(&self, message: &str, facts: &[(&str, Value)]) -> Done {
        Ok(self.output.result(message, facts)?)
    }
}

/// Returns the objects of a list, with these fields of each.
pub(crate) fn rows(items: &[Value], fields: &[&str]) -> Vec<Facts> {
    items
        .iter()
        .map(|item| Facts::fields(item, fields))
        .collect()
}

/// Returns a value of an object that a call returned, as Python shows it.
pub(crate) fn fact(value: &Value, name: &str) -> Value {
    Facts::fields(value, &[name])
        .get(name)
        .cloned()
        .unwrap_or_default()
}

/// Names what was not found as the user knows it.
pub(crate) fn not_found(failure: Failure, what: &str, id: &str, revision: Option<&str>) -> Failure {
    let Failure::Call(error) = failure else {
        return failure;
    };
    let message = match (error.kind(), revision) {
        (ErrorKind::RevisionNotFound, Some(revision)) => {
            format!("revision '{revision}' not found on '{id}'")
        }
        (ErrorKind::RepositoryNotFound, _) => format!("{what} '{id}' not found"),
        _ => return Failure::Call(error),
    };
    Failure::Call(Box::new(error.with_context(message)))
}

/// The arguments of a call on one thing.
pub(crate) fn one(name: &str, value: &str) -> Value {
    json!({ name: value })
}
