//! Metadata merged into a card.

use hf_card::{CardErrorKind, EvalResult, Map, ModelCard, SpaceCard, Value, metadata_eval_result};

fn metadata(entries: &[(&str, Value)]) -> Map {
    entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

#[test]
fn a_conflict_names_the_entry_and_changes_nothing() {
    let content = "---\nlicense: mit\ntags: [a]\n---\n";
    let mut card = ModelCard::parse(content).unwrap();
    let new = metadata(&[("language", "en".into()), ("license", "gpl".into())]);
    let error = card.merge(&new, false, "me/repo").unwrap_err();
    assert_eq!(error.kind(), CardErrorKind::Conflict);
    assert!(error.to_string().contains("`license`"), "{error}");
    assert_eq!(card.content(), content);
    card.merge(&new, true, "me/repo").unwrap();
    assert_eq!(
        card.content(),
        "---\nlicense: gpl\ntags: [a]\nlanguage: en\n---\n"
    );
}

#[test]
fn null_removes_an_entry() {
    let mut card = ModelCard::parse("---\nlicense: mit\nold: 1\nempty:\n---\n").unwrap();
    let new = metadata(&[
        ("old", Value::Null),
        ("absent", Value::Null),
        ("empty", Value::Null),
    ]);
    card.merge(&new, true, "me/repo").unwrap();
    assert_eq!(card.content(), "---\nlicense: mit\n---\n");
}

#[test]
fn a_result_of_the_same_metric_is_overwritten_only_when_allowed() {
    let result = EvalResult::new("asr", "cv", "CV", "wer", 20.5).metric_name("Test WER");
    let mut card = ModelCard::parse("---\n---\n").unwrap();
    card.merge(
        &metadata_eval_result("tiny", &result).unwrap(),
        false,
        "me/repo",
    )
    .unwrap();
    let content = card.content().to_owned();
    let better = metadata_eval_result(
        "ignored",
        &EvalResult::new("asr", "cv", "CV", "wer", 10).metric_name("Test WER"),
    );
    let better = better.unwrap();
    let error = card.merge(&better, false, "me/repo").unwrap_err();
    assert_eq!(error.kind(), CardErrorKind::Conflict);
    assert!(error.to_string().contains("`Test WER`"), "{error}");
    card.merge(&better, true, "me/repo").unwrap();
    assert_eq!(card.content(), content.replace("20.5", "10"));
    card.merge(&better, false, "me/repo").unwrap();
    assert_eq!(card.data().unwrap().model_name.as_deref(), Some("tiny"));
}

#[test]
fn the_index_of_a_space_is_an_entry_like_others() {
    let mut card = SpaceCard::parse("---\ntitle: T\n---\n").unwrap();
    card.merge(
        &metadata(&[("model-index", "text".into())]),
        false,
        "me/space",
    )
    .unwrap();
    assert_eq!(card.content(), "---\ntitle: T\nmodel-index: text\n---\n");
}
