//! Semantic search for Spaces.

use hf_types::SpaceSearchResult;

use super::support::one_page;
use crate::call::{Context, OneOrMany, Streaming};
use crate::{Call, HfApi, ItemStream, Request};

/// Searches Spaces by what they do, in plain words; the best match comes first.
///
/// The Hub sends one page.
///
/// `GET /api/spaces/semantic-search`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for space in api.search_spaces("remove the background of a photo").await? {
///     println!("{}", space.id);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` for an empty query.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = SpaceSearchResult)]
pub struct SearchSpacesCall {
    #[call(context)]
    ctx: Context,
    /// The task that the Space should do.
    #[call(arg)]
    query: String,
    /// The tags that a Space must have.
    filter: Option<OneOrMany<String>>,
    /// The SDKs of which it must use one: `gradio`, `docker`, ...
    sdk: Option<OneOrMany<String>>,
    /// Whether to list Spaces that do not run as well.
    include_non_running: bool,
}

impl Streaming for SearchSpacesCall {
    fn run(self, api: HfApi) -> ItemStream<SpaceSearchResult> {
        let mut request = Request::get("/api/spaces/semantic-search").query("q", &self.query);
        request = request.query_list("filter", self.filter.as_ref().map(OneOrMany::as_slice));
        request = request.query_list("sdk", self.sdk.as_ref().map(OneOrMany::as_slice));
        request = request.query_flag("includeNonRunning", self.include_non_running);
        one_page(&api, request.operation("search_spaces"))
    }
}

/// # Searching Spaces
impl HfApi {
    search_spaces!();
}
