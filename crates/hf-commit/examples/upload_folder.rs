//! Uploads a folder to the Hub of the environment (`HF_ENDPOINT`, `HF_TOKEN`), and tells what it did:
//!
//! ```sh
//! cargo run -p hf-commit --example upload_folder -- user/repo FOLDER [--create-pr] [--files-per-commit N] [--state-dir DIR]
//! ```
//!
//! Interrupt it and start it again: it goes on where it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hf_commit::{RepoTarget, UploadFolder};
use hf_transport::progress::ProgressEvent;
use hf_transport::{Client, Error, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let usage = || Error::validation("usage: upload_folder REPO FOLDER [--create-pr] ...");
    let (repo, folder) = (
        args.next().ok_or_else(usage)?,
        args.next().ok_or_else(usage)?,
    );
    let mut upload = UploadFolder::new(RepoTarget::model(&repo)?, folder);
    while let Some(option) = args.next() {
        upload = match option.as_str() {
            "--create-pr" => upload.create_pr(true),
            "--files-per-commit" => {
                let number = args.next().and_then(|n| n.parse().ok());
                upload.files_per_commit(number.ok_or_else(usage)?)
            }
            "--state-dir" => upload.state_dir(args.next().ok_or_else(usage)?),
            _ => return Err(usage()),
        };
    }
    let (hashed, sent) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (count_hashed, count_sent) = (Arc::clone(&hashed), Arc::clone(&sent));
    let sink = move |event: &ProgressEvent<'_>| match event {
        ProgressEvent::Hashed { bytes, .. } => {
            count_hashed.fetch_add(*bytes, Ordering::Relaxed);
        }
        ProgressEvent::Transferred { bytes, .. } => {
            count_sent.fetch_add(*bytes, Ordering::Relaxed);
        }
        _ => {}
    };
    let info = upload
        .progress(Arc::new(sink))
        .run(&Client::new()?)
        .await?
        .into_info();
    println!("commit={}", info.commit_url);
    if let Some(url) = info.pr_url {
        println!("pull_request={url}");
    }
    println!("hashed={}", hashed.load(Ordering::Relaxed));
    println!("sent={}", sent.load(Ordering::Relaxed));
    Ok(())
}
