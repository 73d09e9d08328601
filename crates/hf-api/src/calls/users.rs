//! The account of the token.

use std::time::Instant;

use hf_types::WhoAmI;

use crate::call::{Context, Operation};
use crate::{Call, HfApi, Request, Result, TokenMode};

/// Returns the account that the token belongs to: its name, its organizations,
/// and the scopes of the token.
///
/// `GET /api/whoami-v2`. The Hub limits its rate strictly: with `cache`, a
/// result for the same token is used for ten minutes.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let me = api.whoami().await?;
/// println!("{} is in {} organizations", me.name, me.orgs.len());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `LocalTokenNotFound` without a token; `Validation` if the call is anonymous.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = WhoAmI)]
pub struct WhoamiCall {
    #[call(context)]
    ctx: Context,
    /// Whether to use an earlier result for the same token.
    cache: bool,
}

impl Operation for WhoamiCall {
    async fn run(self, api: HfApi) -> Result<WhoAmI> {
        if matches!(api.token_mode(), TokenMode::None) {
            return Err(crate::Error::validation(
                "`whoami` cannot be anonymous: it returns the account of a token",
            ));
        }
        let token = match api.token_mode() {
            TokenMode::Explicit(token) => Some(token.clone()),
            _ => api.client().token().cloned(),
        };
        if self.cache
            && let Some(token) = &token
            && let Some(me) = api.whoami_cache().get(token, Instant::now())
        {
            return Ok(me);
        }
        let mut request = Request::get("/api/whoami-v2").operation("whoami");
        if token.is_none() {
            request = request.token(TokenMode::Required);
        }
        let me: WhoAmI = api.fetch_json(request).await?;
        if self.cache
            && let Some(token) = token
        {
            api.whoami_cache().insert(&token, &me, Instant::now());
        }
        Ok(me)
    }
}

/// # The account of the token
impl HfApi {
    whoami!();
}
