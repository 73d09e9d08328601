//! `hf jobs logs`.

use clap::Args;
use serde_json::json;

use super::{JobOptions, JobRef};
use crate::failure::Done;
use crate::hub::Hub;
use crate::logs::print_log;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// The job: `ID` or `NAMESPACE/ID`.
    job_id: String,
    /// Print new lines as they come, until the job has ended.
    #[arg(short, long)]
    follow: bool,
    /// Start with so many lines from the end.
    #[arg(short = 'n', long)]
    tail: Option<u64>,
    #[command(flatten)]
    options: JobOptions,
}

pub(super) async fn run(args: &LogsArgs, output: Output) -> Done {
    let job = JobRef::parse(&args.job_id, args.options.namespace.as_deref())?;
    let hub = Hub::connect(&args.options.token, output).await?;
    let arguments = json!({
        "job_id": job.id, "namespace": job.namespace, "follow": args.follow, "tail": args.tail,
    });
    let lines = hub.api.call_stream("fetch_job_logs", arguments)?;
    print_log(lines, None, output).await?;
    if args.follow {
        output.hint(&format!(
            "the log has ended; `hf jobs inspect {job}` shows how the job did"
        ));
    } else {
        output.hint(&format!(
            "`hf jobs logs -f {job}` goes on while the job runs"
        ));
    }
    Ok(())
}
