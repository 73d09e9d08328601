//! `hf call METHOD [JSON]`.

use std::io::{self, Read, Write};
use std::sync::Arc;

use clap::Args;
use futures_util::StreamExt;
use hf_api::cache::Bar;
use hf_api::{Error, HfApi};
use serde_json::Value;

use crate::failure::{Done, Failure};
use crate::{help, output, runtime};

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct CallArgs {
    /// The name of the method in `HfApi`, such as `model_info`.
    method: Option<String>,
    /// The arguments: one JSON object, or `-` to read it from stdin.
    arguments: Option<String>,
    /// Print each item of a list as one line of JSON as soon as it arrives.
    #[arg(long)]
    jsonl: bool,
    /// List all methods.
    #[arg(long)]
    list: bool,
    /// Show the parameters of the method.
    #[arg(short, long)]
    help: bool,
}

pub(crate) fn run(args: CallArgs) -> Done {
    runtime::run(run_async(args))
}

async fn run_async(args: CallArgs) -> Done {
    let mut out = io::stdout().lock();
    let done = if args.list {
        help::list(&mut out)
    } else {
        match (args.method, args.help) {
            (None, true) => help::usage(&mut out),
            (None, false) => Err(Error::validation("the name of the method is missing")
                .with_hint("Run `hf call --list` for all methods.")
                .into()),
            (Some(method), true) => help::method(&mut out, &method),
            (Some(method), false) => {
                perform(&mut out, &method, args.arguments.as_deref(), args.jsonl).await
            }
        }
    };
    match done.and_then(|()| out.flush().map_err(Failure::Output)) {
        Err(Failure::Call(error)) => {
            output::say(&output::describe(&error).to_string());
            Err(Failure::Status(1))
        }
        done => done,
    }
}

async fn perform(
    out: &mut impl Write,
    method: &str,
    arguments: Option<&str>,
    jsonl: bool,
) -> Result<(), Failure> {
    let api = HfApi::new()?;
    let bar = Bar::new(api.client().config());
    let api = api.with_progress(Arc::new(bar));
    let arguments = read_arguments(method, arguments)?;
    let is_list = hf_api::by_name::find(method).is_ok_and(|spec| spec.streams);
    if !is_list && !jsonl {
        let text = to_json(&api.call(method, arguments).await?)?;
        return Ok(print(out, text)?);
    }
    let mut items = api.call_stream(method, arguments)?;
    if jsonl {
        while let Some(item) = items.next().await {
            print(out, to_json(&item?)?)?;
        }
        return Ok(());
    }
    // Printed at the end: part of an array is not valid JSON.
    let mut text = vec![b'['];
    while let Some(item) = items.next().await {
        if text.len() > 1 {
            text.push(b',');
        }
        text.append(&mut to_json(&item?)?);
    }
    text.push(b']');
    Ok(print(out, text)?)
}

fn to_json(value: &Value) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(value)?)
}

/// Prints a line with one write.
fn print(out: &mut impl Write, mut text: Vec<u8>) -> io::Result<()> {
    text.push(b'\n');
    out.write_all(&text)
}

fn read_arguments(method: &str, arguments: Option<&str>) -> Result<Value, Error> {
    let mut stdin = String::new();
    let text = match arguments {
        None => return Ok(Value::Null),
        Some("-") => {
            io::stdin()
                .read_to_string(&mut stdin)
                .map_err(|error| Error::io("reading arguments from stdin", error))?;
            &stdin
        }
        Some(text) => text,
    };
    serde_json::from_str(text).map_err(|error| {
        Error::validation(format!(
            "{method}: the arguments are not valid JSON: {error}"
        ))
        .with_hint(format!(
            "Give one JSON object: hf call {method} '{{\"name\": \"value\"}}'."
        ))
    })
}
