//! Evaluation results in the `model-index`.

use hf_card::{CardErrorKind, EvalResult, ModelCard, Value, metadata_eval_result};

const CARD: &str = "---
model-index:
- name: tiny # the small one
  results:
  - task:
      type: asr
    dataset:
      name: Common Voice
      type: common_voice
      extra: kept
    metrics:
    # on the test set
    - type: wer
      value: 20.5
    - {type: cer, value: 3}
license: mit
---
";

#[test]
fn a_changed_value_changes_its_line() {
    let mut card = ModelCard::parse(CARD).unwrap();
    card.update(|data| {
        data.eval_results[0].metric_value = Value::from(19.0);
        data.eval_results[1].metric_value = Value::from("2 ± 1");
    })
    .unwrap();
    let expected = CARD
        .replace("value: 20.5", "value: 19.0")
        .replace("value: 3", "value: 2 ± 1");
    assert_eq!(card.content(), expected);
}

#[test]
fn a_new_result_is_added_below_those_of_its_data() {
    let mut card = ModelCard::parse(CARD).unwrap();
    card.update(|data| {
        let same = EvalResult::new("asr", "common_voice", "Common Voice", "ser", 5);
        let other =
            EvalResult::new("asr", "librispeech", "LibriSpeech", "wer", 4.5).dataset_split("test");
        data.eval_results.extend([same, other]);
    })
    .unwrap();
    let expected = CARD.replace(
        "    - {type: cer, value: 3}\n",
        "    - {type: cer, value: 3}\n    - type: ser\n      value: 5\n  - task:\n      type: asr\n    dataset:\n      \
         name: LibriSpeech\n      type: librispeech\n      split: test\n    metrics:\n    - type: wer\n      value: 4.5\n",
    );
    assert_eq!(card.content(), expected);
}

#[test]
fn results_that_are_taken_away_leave_the_others() {
    let mut card = ModelCard::parse(CARD).unwrap();
    card.update(|data| {
        data.eval_results.remove(1);
        data.model_name = Some("small".to_owned());
    })
    .unwrap();
    assert!(
        card.content().contains("- name: small # the small one\n"),
        "{card}"
    );
    assert!(
        card.content()
            .contains("    # on the test set\n    - type: wer\n      value: 20.5\nlicense"),
        "{card}"
    );
    card.update(|data| data.eval_results.clear()).unwrap();
    assert_eq!(card.content(), "---\nlicense: mit\n---\n");
}

#[test]
fn a_malformed_index_says_what_is_wrong_and_stays() {
    let cases = [
        ("model-index: text", "is text, but has to be a list"),
        ("model-index: [text]", "is text, but has to be a mapping"),
        ("model-index: [{name: x}]", "has no `results`"),
        ("model-index: [{results: []}]", "has no `name`"),
        (
            "model-index: [{name: x, results: [{task: {}, dataset: {}, metrics: [{}]}]}]",
            "results[0].task has no `type`",
        ),
        (
            "model-index: [{name: [], results: []}]",
            "`name` that is a list",
        ),
        (
            "model-index: [{name: x, results: [{task: {type: t}, dataset: {type: d, name: n}, metrics: [{type: m, value: 1}], \
             source: {name: s}}]}]",
            "without a URL",
        ),
    ];
    for (yaml, expected) in cases {
        let mut card = ModelCard::parse(format!("---\n{yaml}\nlicense: mit\n---\n")).unwrap();
        let error = card.data().unwrap_err();
        assert_eq!(error.kind(), CardErrorKind::ModelIndex);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(
            card.update(|_| {}).unwrap_err().kind(),
            CardErrorKind::ModelIndex
        );
        // The other entries can be changed all the same.
        card.set("license", "gpl").unwrap();
        assert_eq!(card.content(), format!("---\n{yaml}\nlicense: gpl\n---\n"));
    }
}

#[test]
fn results_need_a_name_and_a_source_with_a_url() {
    let mut card = ModelCard::parse("").unwrap();
    let result = EvalResult::new("t", "d", "D", "m", 1);
    let error = card
        .update(|data| data.eval_results = vec![result.clone()])
        .unwrap_err();
    assert_eq!(error.kind(), CardErrorKind::ModelIndex);
    assert!(error.to_string().contains("`model_name`"), "{error}");
    let error = metadata_eval_result("x", &result.clone().source_name("Board")).unwrap_err();
    assert!(error.to_string().contains("`source_url`"), "{error}");
    assert_eq!(card.content(), "");
    let metadata = metadata_eval_result("x", &result).unwrap();
    card.merge(&metadata, false, "me/repo").unwrap();
    assert_eq!(card.data().unwrap().eval_results, [result]);
}
