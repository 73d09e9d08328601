//! Many runs killed at random moments: `cargo xtask interrupted [--runs N]`.

use crate::run::{Result, cargo, status};

/// Enough to hit each step of each task several times.
const RUNS: &str = "1000";

pub(crate) fn run(args: &[String]) -> Result {
    let runs = match args {
        [] => RUNS,
        [flag, runs] if flag == "--runs" => runs,
        _ => return Err("usage: cargo xtask interrupted [--runs N]".to_owned()),
    };
    status(
        cargo(&[
            "test",
            "--package",
            "hf-tests",
            "--test",
            "whole",
            "--",
            "--exact",
            "--nocapture",
            "interrupted::whatever_was_killed_at_any_moment_a_plain_run_completes",
        ])
        .env("HF_TESTS_INTERRUPTED_RUNS", runs),
    )
}
