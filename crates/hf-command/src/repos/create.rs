//! `hf repos create` and `hf repos duplicate`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use hf_api::HfApi;
use hf_api::types::{HfMount, RepoType, SpaceKeyValue, Volume};
use serde_json::json;

use super::RepoArgs;
use crate::args::{ExistOkArgs, VisibilityArgs};
use crate::failure::{Done, Failure};
use crate::output::Output;
use crate::repo_arg::RepoArg;
use crate::session;
use crate::spaces::volume;
use crate::variables::{EnvArgs, SecretArgs, Variables};

/// The options of a Space that is created.
#[derive(Debug, Args)]
struct SpaceArgs {
    /// The hardware of a Space (`cpu-basic`, `t4-medium`, ...).
    #[arg(long, value_name = "FLAVOR")]
    flavor: Option<String>,
    /// The seconds without a visit after which a Space goes to sleep; -1 for never.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    sleep_time: Option<i64>,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    env: EnvArgs,
    /// Mount a repository or bucket: `hf://[TYPE/]ID[@REVISION][/PATH]:/MOUNT_PATH[:ro|:rw]`. May be repeated.
    #[arg(short, long, value_name = "SPEC")]
    volume: Vec<HfMount>,
}

impl SpaceArgs {
    fn secrets(&self, api: &HfApi, output: Output) -> Result<Vec<SpaceKeyValue>, Failure> {
        let secrets = self.secrets.read(api, output)?;
        let missing = self.secrets.missing(&secrets);
        if missing.is_empty() {
            return Ok(pairs(&secrets));
        }
        Err(Failure::usage(format!(
            "no value for {}: the environment has none",
            missing.join(", ")
        )))
    }

    fn variables(&self, api: &HfApi, output: Output) -> Result<Vec<SpaceKeyValue>, Failure> {
        Ok(pairs(&self.env.read(api, output)?))
    }

    fn volumes(&self) -> Vec<Volume> {
        self.volume.iter().map(volume).collect()
    }
}

fn pairs(variables: &Variables) -> Vec<SpaceKeyValue> {
    let pairs = variables.iter();
    pairs
        .map(|(name, value)| SpaceKeyValue::new(name, value))
        .collect()
}

/// Sets the options of a Space on a call: both calls have the same setters.
macro_rules! with_space {
    ($call:ident, $space:expr, $api:expr, $output:expr) => {{
        let space = &$space;
        let (secrets, variables, volumes) = (
            space.secrets($api, $output)?,
            space.variables($api, $output)?,
            space.volumes(),
        );
        if let Some(flavor) = &space.flavor {
            $call = $call.space_hardware(flavor.as_str());
        }
        if let Some(seconds) = space.sleep_time {
            $call = $call.space_sleep_time(seconds);
        }
        if !secrets.is_empty() {
            $call = $call.space_secrets(secrets);
        }
        if !variables.is_empty() {
            $call = $call.space_variables(variables);
        }
        if !volumes.is_empty() {
            $call = $call.space_volumes(volumes);
        }
    }};
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// The SDK of a Space: `gradio`, `docker`, `static` or `streamlit`.
    #[arg(long, visible_alias = "space-sdk")]
    sdk: Option<String>,
    /// The template of a Space: its repository or its name.
    #[arg(long)]
    template: Option<String>,
    #[command(flatten)]
    visibility: VisibilityArgs,
    #[command(flatten)]
    exist_ok: ExistOkArgs,
    /// The resource group of an Enterprise organization.
    #[arg(long, value_name = "ID")]
    resource_group_id: Option<String>,
    /// The storage region.
    #[arg(long, value_parser = PossibleValuesParser::new(["us", "eu"]))]
    region: Option<String>,
    #[command(flatten)]
    space: SpaceArgs,
}

pub(super) async fn create(args: CreateArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    if repo_type == RepoType::Space && args.sdk.is_none() && args.template.is_none() {
        return Err(Failure::usage("a Space needs --sdk or --template"));
    }
    let api = session::api(&args.repo.token, output).await?;
    let mut call = api
        .create_repo(repo_id)
        .repo_type(repo_type)
        .exist_ok(args.exist_ok.exist_ok)
        .resource_group_id(args.resource_group_id)
        .region(args.region)
        .space_template(args.template);
    if let Some(visibility) = args.visibility.visibility() {
        call = call.visibility(visibility);
    }
    if let Some(sdk) = args.sdk {
        call = call.space_sdk(sdk);
    }
    with_space!(call, args.space, &api, output);
    let url = call.await?;
    let facts = [("repo_id", json!(url.repo_id())), ("url", json!(url.url()))];
    Ok(output.result("Repo created", &facts)?)
}

#[derive(Debug, Args)]
pub(crate) struct DuplicateArgs {
    /// The repository to copy.
    #[command(flatten)]
    from: RepoArgs,
    /// The name of the copy. By default, the same name in your namespace.
    #[arg(value_name = "TO_ID")]
    to_id: Option<RepoArg>,
    #[command(flatten)]
    visibility: VisibilityArgs,
    #[command(flatten)]
    exist_ok: ExistOkArgs,
    /// The resource group of an Enterprise organization.
    #[arg(long, value_name = "ID")]
    resource_group_id: Option<String>,
    #[command(flatten)]
    space: SpaceArgs,
}

pub(super) async fn duplicate(args: DuplicateArgs, output: Output) -> Done {
    let (from_id, repo_type) = args.from.resolve()?;
    let mut to_id = None;
    if let Some(to) = &args.to_id {
        let (id, _) = to.resolve_beside(repo_type)?;
        to_id = Some(id);
    }
    let api = session::api(&args.from.token, output).await?;
    let mut call = api
        .duplicate_repo(from_id.clone())
        .to_id(to_id)
        .repo_type(repo_type)
        .exist_ok(args.exist_ok.exist_ok)
        .resource_group_id(args.resource_group_id);
    if let Some(visibility) = args.visibility.visibility() {
        call = call.visibility(visibility);
    }
    with_space!(call, args.space, &api, output);
    let url = call.await?;
    let facts = [
        ("from_id", json!(from_id)),
        ("to_id", json!(url.repo_url.repo_id())),
        ("url", json!(url.repo_url.url())),
    ];
    output.result("Repo duplicated", &facts)?;
    if url.files_copy_pending {
        output.warn(&format!(
            "the large files are still being copied: downloads from `{}` may fail until that is done",
            url.repo_url.repo_id()
        ));
    }
    Ok(())
}
