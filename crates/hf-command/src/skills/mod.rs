//! `hf skills`: descriptions of how to work with the Hub, for assistants.

mod install;
mod market;
mod page;

use std::path::PathBuf;

use clap::{Args, Command, Subcommand};
use serde_json::json;

use crate::args::TokenArgs;
use crate::failure::{Done, Failure};
use crate::hub::Hub;
use crate::output::{Facts, Output, Table, print};
use crate::runtime;
use install::{HF_CLI, Places};
use market::Market;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum SkillsCommand {
    /// Install a skill: that of this command, or one of the bucket `huggingface/skills`.
    Add(AddArgs),
    /// List the skills of the bucket, and where they are installed.
    #[command(visible_alias = "ls")]
    List(TokenArgs),
    /// Print the skill of this command.
    Preview,
    /// Bring installed skills up to date.
    Update(UpdateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The skill.
    #[arg(default_value = HF_CLI)]
    name: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// Replace it if it is installed.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    /// The skill. By default, all that this command has installed.
    name: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// In the home folder, for all projects.
    #[arg(short, long)]
    global: bool,
    /// In this folder alone.
    #[arg(long, conflicts_with = "global", value_name = "FOLDER")]
    dest: Option<PathBuf>,
}

pub(crate) fn run(command: SkillsCommand, hf: &Command, output: Output) -> Done {
    if matches!(command, SkillsCommand::Preview) {
        return Ok(print(&page::page(hf))?);
    }
    let page = page::page(hf);
    runtime::run(async move {
        match command {
            SkillsCommand::Add(args) => add(&args, &page, output).await,
            SkillsCommand::List(token) => list(&token, output).await,
            SkillsCommand::Preview => Ok(()),
            SkillsCommand::Update(args) => update(&args, &page, output).await,
        }
    })
}

async fn add(args: &AddArgs, page: &str, output: Output) -> Done {
    if !market::is_name(&args.name) {
        return Err(Failure::usage(format!(
            "`{}` is not the name of a skill",
            args.name
        )));
    }
    let places = Places::of(&args.place)?;
    let folder = if args.name == HF_CLI {
        places.install(HF_CLI, args.force, |folder| {
            install::write_page(folder, page)
        })?
    } else {
        let hub = Hub::connect(&TokenArgs::default(), output).await?;
        let market = Market::load(&hub).await?;
        let files = market.download(&hub, &args.name).await?;
        places.install(&args.name, args.force, |folder| {
            install::copy(files.path(), folder)
        })?
    };
    let link = places.link(&args.name, &folder, args.force)?;
    output.result(
        &format!("Installed '{}'", args.name),
        &[("path", json!(folder)), ("link", json!(link))],
    )?;
    Ok(())
}

async fn list(token: &TokenArgs, output: Output) -> Done {
    let hub = Hub::connect(token, output).await?;
    let market = Market::load(&hub).await?;
    let mut table = Table::new([""; 0], "name");
    for (name, description) in market.skills() {
        let mut row = Facts::from([("name", json!(name)), ("description", json!(description))]);
        for (label, root) in install::roots()? {
            let is_there = root.join(name).is_dir();
            row.set(label, if is_there { "yes" } else { "" });
        }
        table.push(row);
    }
    Ok(output.table(&table)?)
}

async fn update(args: &UpdateArgs, page: &str, output: Output) -> Done {
    let places = Places::of(&args.place)?;
    let mut market = None;
    let mut table = Table::new(["name", "status"], "name");
    for (name, is_ours) in places.installed(args.name.as_deref())? {
        let mut status = "unmanaged".to_owned();
        if is_ours && name == HF_CLI {
            places.install(HF_CLI, true, |folder| install::write_page(folder, page))?;
            "up_to_date".clone_into(&mut status);
        } else if is_ours {
            let hub = Hub::connect(&TokenArgs::default(), output).await?;
            if market.is_none() {
                market = Some(Market::load(&hub).await?);
            }
            let files = match &market {
                Some(market) => market.download(&hub, &name).await,
                None => continue,
            };
            match files {
                Ok(files) => {
                    places.install(&name, true, |folder| install::copy(files.path(), folder))?;
                    "up_to_date".clone_into(&mut status);
                }
                Err(failure) => {
                    output.warn(&format!(
                        "'{name}' stays as it is: {}",
                        failure_text(&failure)
                    ));
                    "source_unreachable".clone_into(&mut status);
                }
            }
        }
        table.push([("name", json!(name)), ("status", json!(status))]);
    }
    Ok(output.table(&table)?)
}

fn failure_text(failure: &Failure) -> String {
    match failure {
        Failure::Call(error) => error.to_string(),
        other => format!("{other:?}"),
    }
}
