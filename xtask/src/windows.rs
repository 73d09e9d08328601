//! The libraries for Windows, and their tests under Wine: `cargo xtask windows [FILTER]`.
//!
//! Needs the standard library of the target, which `rustup` brings, and the linker of MinGW (Debian:
//! `gcc-mingw-w64-x86-64-posix`). The tests run where `wine64` or `wine` is installed (Debian: `wine64`); without it
//! they are compiled. Wine is no Windows: what it does not have (symbolic links, file locks of other processes) is
//! tested by the CI's Windows machine.

use std::process::{Command, Stdio};

use crate::platforms::{LIBRARIES, add_target};
use crate::run::{Result, cargo, root, status};

const TARGET: &str = "x86_64-pc-windows-gnu";
const LINKER: &str = "x86_64-w64-mingw32-gcc";

/// Those whose code is not the same everywhere.
const TESTED: &[&str] = &["hf-safetensors", "hf-cache", "hf-commit"];

/// The library that Rust takes random numbers from, which Wine has since its version 9 only.
const RANDOM: &str = "bcryptprimitives.dll";
const RANDOM_C: &str = "
unsigned char __stdcall SystemFunction036(void *, unsigned long);
__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *bytes, unsigned long long length) {
    return SystemFunction036(bytes, (unsigned long)length);
}
";

/// Tests that no Wine passes, and why; Windows does.
const NOT_UNDER_WINE: &[&str] = &[
    // Files are written so slowly that more than a hundred redirects are under way before the first sixteen are stored.
    "the_first_unexpected_response_ends_the_prediction",
];

pub(crate) fn run(args: &[String]) -> Result {
    add_target(TARGET)?;
    if !exists(LINKER) {
        return Err(format!(
            "`{LINKER}` is not installed; Debian's package is gcc-mingw-w64-x86-64-posix"
        ));
    }
    let mut check = vec!["check", "--target", TARGET];
    for library in LIBRARIES {
        check.extend(["--package", library]);
    }
    status(&mut cargo(&check))?;
    let mut test = vec![
        "test",
        "--target",
        TARGET,
        "--lib",
        "--tests",
        "--no-fail-fast",
    ];
    for package in TESTED {
        test.extend(["--package", package]);
    }
    let Some(wine) = ["wine64", "/usr/lib/wine/wine64", "wine"]
        .into_iter()
        .find(|name| exists(name))
    else {
        println!("no Wine: the tests are compiled, not run (Debian: wine64)");
        test.push("--no-run");
        return status(&mut cargo(&test));
    };
    build_random()?;
    test.push("--");
    test.extend(args.iter().map(String::as_str));
    for name in NOT_UNDER_WINE {
        test.extend(["--skip", name]);
    }
    status(
        cargo(&test)
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", wine)
            // Nothing of what it has to say concerns a test.
            .env("WINEDEBUG", "-all"),
    )
}

/// Puts the library beside the tests, where an older Wine finds it and a newer one takes its own.
fn build_random() -> Result {
    let folder = root().join("target").join(TARGET).join("debug/deps");
    let source = folder.join("bcryptprimitives.c");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&source, RANDOM_C))
        .map_err(|error| format!("{}: {error}", source.display()))?;
    let mut compile = Command::new(LINKER);
    compile.arg("-shared").arg("-o").arg(folder.join(RANDOM));
    status(compile.arg(&source).arg("-ladvapi32"))
}

fn exists(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
