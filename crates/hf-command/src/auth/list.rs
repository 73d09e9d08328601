//! `hf auth list`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hf_auth::{StoredToken, TokenStore};
use serde_json::json;

use crate::failure::Done;
use crate::output::{Facts, Mode, Output, print};
use crate::session;

pub(crate) async fn run(output: Output) -> Done {
    let client = session::client().await?;
    let store = TokenStore::from_config(client.config());
    let stored = store.list()?;
    let is_active = |stored: &StoredToken| Some(&stored.token) == client.token();
    match output.mode {
        Mode::Json => {
            let rows = stored.iter().map(|stored| facts(stored, is_active(stored)));
            output.objects(&rows.collect::<Vec<_>>())?;
        }
        Mode::Quiet => {
            let names = stored.iter().flat_map(|stored| [&*stored.name, "\n"]);
            print(&names.collect::<String>())?;
        }
        Mode::Human | Mode::Agent if stored.is_empty() => {}
        Mode::Human | Mode::Agent => print(&table(&stored, is_active))?,
    }
    if let Some(name) = session::token_variable(&client) {
        output.note(&format!(
            "Note: the environment variable {name} is set, and its token is used."
        ));
    } else if stored.is_empty() {
        output.note("No stored tokens.");
        output.hint("`hf auth login` logs in");
    } else if !stored.iter().any(is_active) {
        output.note("Note: none of these tokens is active.");
        output.hint("`hf auth switch` activates one");
    }
    Ok(())
}

fn facts(stored: &StoredToken, is_active: bool) -> Facts {
    let expires_at = stored.expires_at.and_then(time);
    Facts::from([
        ("name", json!(stored.name)),
        ("token", json!(stored.masked())),
        ("active", json!(is_active)),
        ("expires_at", json!(expires_at.map(|time| time.to_string()))),
    ])
}

/// The columns that Python prints, in lower case; scripts read them.
fn table(stored: &[StoredToken], is_active: impl Fn(&StoredToken) -> bool) -> String {
    let with_expiry = stored.iter().any(|stored| stored.expires_at.is_some());
    let mut rows = vec![[
        String::new(),
        "name".to_owned(),
        "token".to_owned(),
        "expires".to_owned(),
    ]];
    for stored in stored {
        let mark = if is_active(stored) { "*" } else { "" };
        rows.push([
            mark.to_owned(),
            stored.name.clone(),
            stored.masked(),
            expires(stored),
        ]);
    }
    let columns = if with_expiry { 4 } else { 3 };
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(|column| width(column).max(1)).collect();
    let rule = widths
        .iter()
        .map(|width| "-".repeat(*width))
        .collect::<Vec<_>>()
        .join(" ");
    let mut text = String::new();
    for (i, row) in rows.iter().enumerate() {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        text += &cells.collect::<Vec<_>>().join(" ");
        text.push('\n');
        if i == 0 {
            text += &rule;
            text.push('\n');
        }
    }
    text
}

fn expires(stored: &StoredToken) -> String {
    let Some((at, time)) = stored.expires_at.and_then(|at| Some((at, time(at)?))) else {
        return String::new();
    };
    let date = &time.to_string()[..10];
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    if Duration::from_secs(at) < now {
        format!("{date} (expired)")
    } else {
        date.to_owned()
    }
}

fn time(seconds: u64) -> Option<jiff::Timestamp> {
    let time = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    // Years of five digits have no place in the column.
    (time.to_string().find('-') == Some(4)).then_some(time)
}
