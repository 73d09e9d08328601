//! Logs of Spaces.

use hf_types::{Param, RepoId};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::event_log::{EventLog, data};
use super::space_runtime::space;
use crate::call::{Context, Streaming};
use crate::{Call, HfApi, ItemStream, Request};

/// Silence after which a log that is not followed is complete.
const REPLAYED: Duration = Duration::from_secs(5);
/// Silence after which a followed log is requested again.
const LOST: Duration = Duration::from_secs(120);

/// Streams the log of a Space, of its run or of its build.
///
/// `GET /api/spaces/{repo_id}/logs/run`, or
/// `GET /api/spaces/{repo_id}/logs/build`, as server-sent events. With
/// `follow`, a lost connection is resumed where it broke off.
///
/// ```no_run
/// # use futures_util::TryStreamExt;
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let mut log = api.fetch_space_logs("user/name").follow(true).stream();
/// while let Some(text) = log.try_next().await? {
///     print!("{text}");
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Network` if the connection is lost for good.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = String)]
pub struct FetchSpaceLogsCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// Whether to read the log of the build instead of that of the run.
    build: bool,
    /// Whether to wait for new lines.
    follow: bool,
}

impl Streaming for FetchSpaceLogsCall {
    fn run(self, api: HfApi) -> ItemStream<String> {
        let kind = if self.build { "build" } else { "run" };
        let target = match space(&self.repo_id, &format!("logs/{kind}")) {
            Ok(target) => target,
            Err(error) => return stream::iter([Err(error)]).boxed(),
        };
        let silence = if self.follow { LOST } else { REPLAYED };
        let request = Request::get(target).operation("fetch_space_logs");
        EventLog::new(&api, request, self.follow, silence)
            .events()
            .try_filter_map(|event| std::future::ready(Ok(data(event))))
            .boxed()
    }
}

/// # Logs of Spaces
impl HfApi {
    fetch_space_logs!();
}
