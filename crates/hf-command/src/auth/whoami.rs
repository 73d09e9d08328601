//! `hf auth whoami`.

use hf_api::HfApi;
use hf_api::transport::CANONICAL_ENDPOINT;
use serde_json::json;

use crate::failure::Done;
use crate::output::Output;
use crate::session;

pub(crate) async fn run(output: Output) -> Done {
    let client = session::client().await?;
    if client.token().is_none() {
        return Err(super::token::not_logged_in().into());
    }
    let account = HfApi::from_client(client.clone()).whoami().await?;
    let orgs: Vec<_> = account.orgs.iter().map(|org| org.name.as_str()).collect();
    let mut facts = vec![
        ("user", json!(account.name)),
        ("orgs", json!((!orgs.is_empty()).then(|| orgs.join(",")))),
    ];
    let endpoint = client.endpoint().as_str();
    if endpoint != CANONICAL_ENDPOINT {
        facts.push(("endpoint", json!(endpoint)));
    }
    Ok(output.result("Logged in", &facts)?)
}
