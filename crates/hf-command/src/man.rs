//! `hf man`: manual pages.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;
use hf_api::Error;
use serde_json::json;

use crate::failure::Done;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write a page for each command into this folder. Without it, the page of `hf` is printed.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &ManArgs, hf: Command, output: Output) -> Done {
    let writing = |error| Error::io("writing manual pages", error);
    let hf = hf.version(env!("CARGO_PKG_VERSION"));
    let Some(folder) = &args.dir else {
        let mut page = Vec::new();
        Man::new(hf).render(&mut page).map_err(writing)?;
        return Ok(output.text("page", &String::from_utf8_lossy(&page))?);
    };
    std::fs::create_dir_all(folder).map_err(writing)?;
    clap_mangen::generate_to(hf, folder).map_err(writing)?;
    Ok(output.result("Manual pages written", &[("dir", json!(folder))])?)
}
