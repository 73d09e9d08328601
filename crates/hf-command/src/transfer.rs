//! What all commands that move files have in common.

use std::time::Duration;

use clap::Args;
use hf_api::HfApi;
use hf_api::transport::layers::BandwidthLayer;
use hf_api::transport::{Bandwidth, ClientBuilder, RetryConfig, Timeouts};

use crate::args::TokenArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::{Progress, ProgressMode};
use crate::session;
use crate::text::{ByteSize, Span};

/// Options of transfers.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Transfer options")]
pub(crate) struct TransferArgs {
    #[command(flatten)]
    pub(crate) token: TokenArgs,
    /// How progress is shown, always on stderr.
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto, value_name = "HOW")]
    progress: ProgressMode,
    /// How often a request that failed is sent again.
    #[arg(long, value_name = "TIMES")]
    retries: Option<u32>,
    /// How long to wait for a server that sends nothing (`30`, `2m`).
    #[arg(long, value_name = "TIME")]
    timeout: Option<Span>,
    /// The most bytes a second (`500K`, `10M`) that are sent, and that are received, over all connections.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    limit_rate: Option<ByteSize>,
    /// Use only what is on this machine; make no request.
    #[arg(long)]
    offline: bool,
}

impl TransferArgs {
    /// Returns the API with these options.
    pub(crate) async fn api(&self, output: Output) -> Result<HfApi, Failure> {
        Ok(session::api_with(&self.token, output, |builder| self.configure(builder)).await?)
    }

    /// Returns the API, and the progress that its calls report to.
    pub(crate) async fn api_with_progress(
        &self,
        output: Output,
    ) -> Result<(HfApi, Progress), Failure> {
        let api = self.api(output).await?;
        let progress = Progress::new(self.progress, api.client().config(), output);
        Ok((api.with_progress(progress.sink()), progress))
    }

    fn configure(&self, mut builder: ClientBuilder) -> ClientBuilder {
        if self.offline {
            builder = builder.offline(true);
        }
        if let Some(retries) = self.retries {
            builder = builder.retry(RetryConfig::default().with_max_retries(retries));
        }
        if let Some(Span(limit)) = self.timeout {
            let limit = limit.max(Duration::from_millis(1));
            let timeouts = Timeouts::default().with_headers(limit).with_idle(limit);
            builder = builder.timeouts(timeouts.with_connect(limit));
        }
        if let Some(ByteSize(bytes)) = self.limit_rate {
            let limit = || Bandwidth::new(bytes);
            builder = builder.bandwidth(BandwidthLayer::new().upload(limit()).download(limit()));
        }
        builder
    }
}

fn rate(text: &str) -> Result<ByteSize, String> {
    match text.parse()? {
        ByteSize(0) => Err("nothing would ever arrive".to_owned()),
        rate => Ok(rate),
    }
}
