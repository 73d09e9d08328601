//! `hf cp`, which is also `hf repos cp` and `hf buckets cp`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use hf_api::calls::bucket_batch::BucketAdd;
use hf_api::calls::bucket_files::BucketDownload;
use hf_api::types::HfUri;
use hf_api::{Error, ErrorKind, HfApi};
use serde_json::json;

use crate::failure::{Done, Failure};
use crate::output::Output;
use crate::transfer::TransferArgs;
use crate::{repo_arg, runtime};

/// Copy files between this machine, repositories and buckets.
///
/// One of the two is an `hf://` URI or a URL; `-` is stdin or stdout. From one URL to another, folders are copied,
/// too, without a download.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hf cp hf://user/model/config.json .
  hf cp hf://datasets/user/data@v1/train.csv - | head
  hf cp model.safetensors hf://buckets/user/bucket/models/
  hf cp hf://user/model/model.safetensors hf://buckets/user/bucket/")]
pub(crate) struct CopyArgs {
    /// A file, a URL, or `-` for stdin.
    #[arg(value_name = "SRC")]
    source: String,
    /// A file or folder, a URL, or `-` for stdout. By default, the name of the file, in the working directory.
    #[arg(value_name = "DST")]
    target: Option<String>,
    #[command(flatten)]
    transfer: TransferArgs,
}

/// What the remote side must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Repo,
    Bucket,
}

/// What is copied, found out before any request.
enum Plan {
    Remote {
        source: String,
        target: String,
    },
    ToStdout(HfUri),
    Download {
        from: HfUri,
        to: PathBuf,
    },
    Upload {
        from: String,
        to: HfUri,
        path: String,
    },
}

pub(crate) fn run(args: &CopyArgs, side: Option<Side>, output: Output) -> Done {
    args.check(side)?;
    let plan = args.plan()?;
    runtime::run(args.copy(plan, output))
}

/// Reads an `hf://` URI or a URL.
pub(crate) fn uri(text: &str) -> Result<HfUri, Failure> {
    let endpoint = std::env::var("HF_ENDPOINT").ok();
    let endpoint = endpoint.as_deref().filter(|url| !url.is_empty());
    Ok(HfUri::parse(text, endpoint)?)
}

impl CopyArgs {
    /// Checks that the remote side, which is the target if both are, is what the name of the command says.
    fn check(&self, side: Option<Side>) -> Result<(), Failure> {
        let texts = [self.target.as_deref(), Some(&self.source)];
        let mut remote = texts.into_iter().flatten();
        let Some(remote) = remote.find(|text| repo_arg::is_url(text)) else {
            return Ok(());
        };
        let remote = uri(remote)?;
        match side {
            Some(Side::Repo) if remote.is_bucket() => Err(Failure::usage(
                "`hf repos cp` is for repositories; `hf cp` and `hf buckets cp` take buckets",
            )),
            Some(Side::Bucket) if !remote.is_bucket() => Err(Failure::usage(
                "`hf buckets cp` is for buckets; `hf cp` and `hf repos cp` take repositories",
            )),
            _ => Ok(()),
        }
    }

    fn plan(&self) -> Result<Plan, Failure> {
        let source = &self.source;
        let target = self.target.as_deref();
        let from = repo_arg::is_url(source).then(|| uri(source)).transpose()?;
        let to = target
            .filter(|target| repo_arg::is_url(target))
            .map(uri)
            .transpose()?;
        match (from, to) {
            (Some(from), Some(to)) => {
                // The `/` at the end says what becomes of a folder.
                let with_slash = |uri: &HfUri, text: &str| {
                    let slash = if text.ends_with('/') { "/" } else { "" };
                    format!("{}{slash}", uri.to_uri())
                };
                Ok(Plan::Remote {
                    source: with_slash(&from, source),
                    target: with_slash(&to, target.unwrap_or_default()),
                })
            }
            (Some(from), None) => {
                if from.path_in_repo().is_empty() || source.ends_with('/') {
                    return Err(Failure::usage(format!(
                        "`{source}` names no file; `hf download` and `hf sync` copy folders"
                    )));
                }
                let name = from.path_in_repo().rsplit('/').next().unwrap_or_default();
                match target {
                    Some("-") => Ok(Plan::ToStdout(from)),
                    None => Ok(Plan::Download {
                        to: name.into(),
                        from,
                    }),
                    Some(target) if target.ends_with('/') || Path::new(target).is_dir() => {
                        Ok(Plan::Download {
                            to: Path::new(target).join(name),
                            from,
                        })
                    }
                    Some(target) => Ok(Plan::Download {
                        to: target.into(),
                        from,
                    }),
                }
            }
            (None, Some(to)) => {
                let text = target.unwrap_or_default();
                let is_folder = to.path_in_repo().is_empty() || text.ends_with('/');
                if source == "-" {
                    if is_folder {
                        return Err(Failure::usage(format!(
                            "what comes from stdin needs the name of a file: `{text}` has none"
                        )));
                    }
                    let path = to.path_in_repo().to_owned();
                    return Ok(Plan::Upload {
                        from: source.clone(),
                        path,
                        to,
                    });
                }
                let local = Path::new(source);
                if local.is_dir() {
                    return Err(Failure::usage(format!(
                        "`{source}` is a folder; `hf upload` and `hf sync` copy folders"
                    )));
                }
                if !local.is_file() {
                    let error = Error::new(
                        ErrorKind::FileNotFound,
                        format!("there is no file `{source}`"),
                    );
                    return Err(error.into());
                }
                let name = local.file_name().unwrap_or_default().to_string_lossy();
                let path = match to.path_in_repo() {
                    "" => name.into_owned(),
                    folder if is_folder => format!("{folder}/{name}"),
                    path => path.to_owned(),
                };
                Ok(Plan::Upload {
                    from: source.clone(),
                    to,
                    path,
                })
            }
            (None, None) => Err(Failure::usage(
                "one of SRC and DST must be a repository (hf://user/name/...) or a bucket (hf://buckets/user/name/...)",
            )),
        }
    }

    async fn copy(&self, plan: Plan, output: Output) -> Done {
        let (api, progress) = self.transfer.api_with_progress(output).await?;
        match plan {
            Plan::Remote { source, target } => {
                let copied = api.copy_files(source.as_str(), target.as_str()).await;
                progress.finish("copied", output);
                copied?;
                let facts = [("src", json!(self.source)), ("dst", json!(self.target))];
                Ok(output.result("Copied", &facts)?)
            }
            Plan::ToStdout(from) => {
                let folder = tempfile::tempdir().map_err(temporary)?;
                let file = folder.path().join("file");
                download(&api, &from, &file).await?;
                let mut file = std::fs::File::open(file).map_err(temporary)?;
                let mut stdout = io::stdout().lock();
                io::copy(&mut file, &mut stdout)?;
                Ok(stdout.flush()?)
            }
            Plan::Download { from, to } => {
                let done = download(&api, &from, &to).await;
                progress.finish("downloaded", output);
                done?;
                let facts = [
                    ("src", json!(self.source)),
                    ("dst", json!(to.to_string_lossy())),
                ];
                Ok(output.result("Downloaded", &facts)?)
            }
            Plan::Upload { from, to, path } => {
                let done = if from == "-" {
                    // Not in memory: stdin may be large.
                    let mut file = tempfile::NamedTempFile::new().map_err(temporary)?;
                    io::copy(&mut io::stdin().lock(), &mut file)
                        .map_err(|error| Error::io("reading stdin", error))?;
                    upload(&api, file.path(), &to, &path).await
                } else {
                    upload(&api, Path::new(&from), &to, &path).await
                };
                progress.finish("uploaded", output);
                done?;
                let whole = HfUri::new(to.r#type(), to.id(), to.revision(), &path)?;
                let source = if from == "-" { "stdin" } else { &from };
                let facts = [("src", json!(source)), ("dst", json!(whole.to_uri()))];
                Ok(output.result("Uploaded", &facts)?)
            }
        }
    }
}

/// Downloads a file past the cache: into a folder beside the target, and then into its place in one step.
async fn download(api: &HfApi, from: &HfUri, to: &Path) -> Result<(), Failure> {
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let failed = |error| Error::io(format_args!("writing `{}`", to.display()), error);
    std::fs::create_dir_all(parent).map_err(failed)?;
    let Some(repo_type) = from.r#type().repo_type() else {
        let files = [BucketDownload::new(from.path_in_repo(), to)];
        api.download_bucket_files(from.id(), files)
            .raise_on_missing_files(true)
            .await?;
        return Ok(());
    };
    let folder = tempfile::Builder::new()
        .prefix(".tmp")
        .tempdir_in(parent)
        .map_err(failed)?;
    let downloaded = api
        .hf_hub_download(from.id(), from.path_in_repo())
        .repo_type(repo_type)
        .revision(from.revision())
        .local_dir(folder.path())
        .await?;
    std::fs::rename(downloaded, to).map_err(failed)?;
    Ok(())
}

async fn upload(api: &HfApi, from: &Path, to: &HfUri, path: &str) -> Result<(), Error> {
    match to.r#type().repo_type() {
        None => {
            api.batch_bucket_files(to.id())
                .add([BucketAdd::new(from, path)])
                .await
        }
        Some(repo_type) => {
            let upload = api
                .upload_file(from, path, to.id())
                .repo_type(repo_type)
                .revision(to.revision());
            upload.await.map(|_| ())
        }
    }
}

fn temporary(error: io::Error) -> Error {
    Error::io("writing a temporary file", error)
}
