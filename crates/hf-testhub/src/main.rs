//! `hf-testhub`: an embedded Hub as a command. Prints its URLs and tokens, and runs until it is stopped.
use std::process::ExitCode;

use hf_testhub::HubOptions;

const HELP: &str = "\
Usage: hf-testhub [OPTIONS]

Runs a Hub on loopback and prints, as NAME=value lines, HF_ENDPOINT, HF_TOKEN,
READ_TOKEN (may not write), OTHER_TOKEN (of another user, `other`), the URLs of
services that are other hosts in life, and STORAGE.
";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("hf-testhub: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: impl Iterator<Item = String>) -> Result<(), String> {
    let words: Vec<String> = words.collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}\n{}", HubOptions::HELP);
        return Ok(());
    }
    let options = HubOptions::from_args(words)?;
    let hub = options.start().map_err(|error| error.to_string())?;
    print!("{}", options.describe(&hub));
    loop {
        std::thread::park();
    }
}
