//! Papers and daily papers.

use hf_types::{DailyPapersSort, PaperInfo};

use super::support::one_page;
use crate::call::{Context, SingleRequest, Streaming};
use crate::{BufferedResponse, Call, Error, HfApi, ItemStream, Request, Result, TokenMode};

/// Searches papers.
///
/// The Hub sends one page, the best matches.
///
/// `GET /api/papers/search`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for paper in api.list_papers().query("attention").limit(5).await? {
///     println!("{} {:?}", paper.id, paper.title);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` for a limit above what the Hub allows.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = PaperInfo)]
pub struct ListPapersCall {
    #[call(context)]
    ctx: Context,
    /// The text to search for.
    query: Option<String>,
    /// The maximum number of papers.
    limit: Option<u64>,
}

impl Streaming for ListPapersCall {
    fn run(self, api: HfApi) -> ItemStream<PaperInfo> {
        let request = Request::get("/api/papers/search")
            .query_text("q", self.query.as_deref())
            .query_some("limit", self.limit)
            .operation("list_papers");
        one_page(&api, request)
    }
}

/// Lists the papers of a day, a week or a month, one page of them.
///
/// `GET /api/daily_papers`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let papers = api.list_daily_papers().date("2026-01-31").sort("trending").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` for a malformed date.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = PaperInfo)]
pub struct ListDailyPapersCall {
    #[call(context)]
    ctx: Context,
    /// The day: `2026-01-31`.
    date: Option<String>,
    /// The week: `2026-W05`.
    week: Option<String>,
    /// The month: `2026-01`.
    month: Option<String>,
    /// The user who submitted the papers.
    submitter: Option<String>,
    /// The sort key: `publishedAt` or `trending`.
    sort: Option<DailyPapersSort>,
    /// The number of the page, from 0.
    p: Option<u64>,
    /// The maximum number of papers of the page.
    limit: Option<u64>,
}

impl Streaming for ListDailyPapersCall {
    fn run(self, api: HfApi) -> ItemStream<PaperInfo> {
        let request = Request::get("/api/daily_papers")
            .query_some("p", self.p)
            .query_some("limit", self.limit)
            .query_some("sort", self.sort.as_ref())
            .query_some("date", self.date.as_deref())
            .query_some("week", self.week.as_deref())
            .query_some("month", self.month.as_deref())
            .query_some("submitter", self.submitter.as_deref())
            .operation("list_daily_papers");
        one_page(&api, request)
    }
}

/// Returns information about a paper.
///
/// It is public, so no token is sent.
///
/// `GET /api/papers/{id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let paper = api.paper_info("1706.03762").await?;
/// println!("{:?}", paper.title);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown paper.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = PaperInfo)]
pub struct PaperInfoCall {
    #[call(context)]
    ctx: Context,
    /// The arXiv id: `2407.13168`.
    #[call(arg)]
    id: String,
}

impl SingleRequest for PaperInfoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(format!("/api/papers/{}", paper(&self.id)?)).token(TokenMode::None))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<PaperInfo> {
        response.json()
    }
}

/// Returns the text of a paper as Markdown.
///
/// It is public, so no token is sent.
///
/// `GET /papers/{id}.md`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let text = api.read_paper("1706.03762").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown paper.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = String)]
pub struct ReadPaperCall {
    #[call(context)]
    ctx: Context,
    /// The arXiv id: `2407.13168`.
    #[call(arg)]
    id: String,
}

impl SingleRequest for ReadPaperCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(format!("/papers/{}.md", paper(&self.id)?)).token(TokenMode::None))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<String> {
        Ok(response.text())
    }
}

/// Encodes the id of a paper for a path. Ids from before 2007 contain a `/`.
fn paper(id: &str) -> Result<String> {
    if id.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(Error::validation(format!(
            "the id of a paper must be like 2407.13168 or hep-th/9901001, not {id:?}"
        )));
    }
    Ok(hf_transport::path::file(id))
}

/// # Papers
impl HfApi {
    list_papers!();
    list_daily_papers!();
    paper_info!();
    read_paper!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_papers() {
        assert_eq!(paper("2407.13168").unwrap(), "2407.13168");
        assert_eq!(paper("hep-th/9901001").unwrap(), "hep-th/9901001");
        assert_eq!(paper("a b?").unwrap(), "a%20b%3F");
        for bad in ["", "/", "../models", "a/../b"] {
            assert!(paper(bad).is_err(), "{bad}");
        }
    }
}
