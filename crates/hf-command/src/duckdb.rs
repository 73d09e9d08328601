//! Queries by DuckDB, whose command does the work.

use std::io::ErrorKind;
use std::process::Stdio;

use hf_api::Error;
use hf_api::transport::Token;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::failure::Failure;
use crate::output::Facts;

/// Runs a query, and returns its rows. With a token, `hf://` URIs of private datasets can be read.
pub(crate) async fn query(
    sql: &str,
    endpoint: &str,
    token: Option<&Token>,
) -> Result<Vec<Facts>, Failure> {
    let script = script(sql, endpoint, token)?;
    let running = |error| Error::io("running `duckdb`", error);
    // The token goes by stdin: arguments are seen by every user of the machine.
    let mut duckdb = Command::new("duckdb")
        .arg("-json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::validation("the command `duckdb` is not installed")
                .with_hint("https://duckdb.org/docs/installation tells how to install it"),
            _ => running(error),
        })?;
    if let Some(mut stdin) = duckdb.stdin.take() {
        // DuckDB may stop reading at an error, which it then tells.
        let _told_by_its_end = stdin.write_all(script.as_bytes()).await;
    }
    let ended = duckdb.wait_with_output().await.map_err(running)?;
    let stderr = String::from_utf8_lossy(&ended.stderr);
    if !ended.status.success() {
        return Err(Error::validation(format!("DuckDB: {}", stderr.trim())).into());
    }
    rows(&ended.stdout)
        .ok_or_else(|| Error::decode("DuckDB printed something else than rows in JSON").into())
}

/// Makes the input of DuckDB: the token for what it reads from the Hub, then the query.
fn script(sql: &str, endpoint: &str, token: Option<&Token>) -> Result<String, Failure> {
    let sql = sql.trim().trim_end_matches(';').trim_end();
    if sql.is_empty() {
        return Err(Failure::usage("the query is empty"));
    }
    // `.shell` and the like are no SQL; `.5` is.
    let is_dot_command = |line: &str| {
        let rest = line.trim_start().strip_prefix('.');
        rest.is_some_and(|rest| rest.starts_with(char::is_alphabetic))
    };
    if let Some(line) = sql.lines().find(|line| is_dot_command(line)) {
        return Err(Failure::usage(format!(
            "`{}` is a command of DuckDB's shell, which a query cannot have",
            line.trim()
        )));
    }
    let secrets = match token {
        None => String::new(),
        Some(token) => {
            let token = token.expose().replace('\'', "''");
            let endpoint = endpoint.replace('\'', "''");
            format!(
                ".output {NULL}\n\
                 CREATE OR REPLACE SECRET hf_hub_token (TYPE HTTP, BEARER_TOKEN '{token}', SCOPE '{endpoint}');\n\
                 CREATE OR REPLACE SECRET hf_token (TYPE HUGGINGFACE, TOKEN '{token}');\n\
                 .output\n"
            )
        }
    };
    Ok(format!("{secrets}{sql};\n"))
}

/// Where what nobody wants to read goes.
const NULL: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

fn rows(json: &[u8]) -> Option<Vec<Facts>> {
    if json.trim_ascii().is_empty() {
        return Some(Vec::new());
    }
    serde_json::from_slice(json).ok()
}
