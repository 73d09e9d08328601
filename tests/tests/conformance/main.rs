//! Replays every recorded case of `tests/conformance/cases` through our client,
//! without Python: what we ask must be what Python asked, and what we make of
//! the responses at least what Python made of them.
//!
//! `CONFORMANCE=model_info cargo test -p hf-tests --test conformance` replays
//! the methods and cases whose name holds a text.

mod case;
mod compare;
mod field_fuzz;
mod hub;
mod replay;
mod requests;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;

use case::Case;

/// Cases under way at a time.
const AT_A_TIME: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_case_of_every_method() {
    let wanted = std::env::var("CONFORMANCE").unwrap_or_default();
    let cases: Vec<Case> = case::load_all()
        .into_iter()
        .filter(|case| case.title().contains(&wanted))
        .collect();
    let total = cases.len();
    let outcomes: Vec<(String, String, Vec<String>)> =
        futures_util::stream::iter(cases.into_iter().map(|case| {
            tokio::spawn(async move {
                let problems = replay::replay(&case).await;
                (case.method.clone(), case.title(), problems)
            })
        }))
        .buffer_unordered(AT_A_TIME)
        .map(|joined| joined.expect("a replay does not panic"))
        .collect()
        .await;

    let mut passed: BTreeMap<String, usize> = BTreeMap::new();
    let mut failed: BTreeMap<String, String> = BTreeMap::new();
    let mut red: BTreeSet<String> = BTreeSet::new();
    for (method, title, problems) in outcomes {
        if problems.is_empty() {
            *passed.entry(method).or_default() += 1;
        } else {
            red.insert(method);
            failed.insert(title, problems.join("\n"));
        }
    }
    for (title, problems) in &failed {
        eprintln!("\n{title}\n{problems}");
    }
    let methods = case::methods();
    let green = methods
        .iter()
        .filter(|method| passed.contains_key(*method) && !red.contains(*method))
        .count();
    println!("{green}/{} methods, {total} cases", methods.len());
    if wanted.is_empty() {
        let untested: Vec<&String> = methods
            .iter()
            .filter(|method| !passed.contains_key(*method))
            .collect();
        assert!(untested.is_empty(), "no case passes of {untested:?}");
    }
    assert!(
        failed.is_empty(),
        "{} of {total} cases fail, of {} methods: {:?}",
        failed.len(),
        red.len(),
        red
    );
}
