//! `hf auth token`.

use hf_api::{Error, ErrorKind};
use serde_json::json;

use crate::failure::Done;
use crate::output::{Facts, Mode, Output, print};
use crate::session;

pub(crate) async fn run(output: Output) -> Done {
    let client = session::client().await?;
    let Some(token) = client.token() else {
        return Err(not_logged_in().into());
    };
    if output.mode == Mode::Json {
        return Ok(output.object(&Facts::from([("token", json!(token.expose()))]))?);
    }
    print(&format!("{}\n", token.expose()))?;
    output.hint("`hf auth whoami` shows whose token it is");
    Ok(())
}

pub(crate) fn not_logged_in() -> Error {
    Error::new(ErrorKind::LocalTokenNotFound, "nobody is logged in")
        .with_hint("run `hf auth login`, or set HF_TOKEN")
}
