//! The user of the token.

use serde_json::Value;

use crate::call::{Context, Operation};
use crate::{Call, HfApi, Request, Result, TokenMode};

/// Says whose token this is: name, organizations, and the token's scopes, as
/// the Hub's own object.
///
/// `GET /api/whoami-v2`. The Hub limits its rate strictly; with `cache`, an
/// earlier answer for the same token is given again.
///
/// # Errors
/// `LocalTokenNotFound` without a token, `Validation` when told to send none.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Value)]
pub struct WhoamiCall {
    #[call(context)]
    ctx: Context,
    /// Whether an earlier answer for the same token will do.
    cache: bool,
}

impl Operation for WhoamiCall {
    async fn run(self, api: HfApi) -> Result<Value> {
        if matches!(api.token_mode(), TokenMode::None) {
            return Err(crate::Error::validation(
                "whoami asks whose token this is, so it cannot be anonymous",
            ));
        }
        let token = match api.token_mode() {
            TokenMode::Explicit(token) => Some(token.clone()),
            _ => api.client().token().cloned(),
        };
        if self.cache
            && let Some(token) = &token
            && let Some(answer) = api.cached_whoami(token)
        {
            return Ok(answer);
        }
        let mut request = Request::get("/api/whoami-v2").operation("whoami");
        if token.is_none() {
            request = request.token(TokenMode::Required);
        }
        let answer: Value = api.fetch_json(request).await?;
        if self.cache
            && let Some(token) = token
        {
            api.cache_whoami(&token, &answer);
        }
        Ok(answer)
    }
}

/// # The user of the token
impl HfApi {
    whoami!();
}
