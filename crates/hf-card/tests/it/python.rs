//! What Python's client makes of the same cards. `data/python_cards.py` recorded it.

use hf_card::{
    CardErrorKind, DatasetCard, DatasetMetadata, Map, Metadata, ModelCard, ModelMetadata, RepoCard,
    SpaceMetadata, Value, eval_results_to_model_index, model_index_to_eval_results,
};

/// The recorded cases of a kind.
fn cases(kind: &str) -> Vec<Value> {
    let cases: Vec<Value> = include_str!("data/python_cards.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is a case"))
        .filter(|case: &Value| case.get("case").is_some_and(|recorded| *recorded == kind))
        .collect();
    assert!(!cases.is_empty(), "there is no case `{kind}`");
    cases
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case.get(key)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{case:?} has no `{key}`"))
}

/// Returns metadata as Python gives it: written from typed values, without null, each tag once.
fn as_python<D: Metadata>(card: &RepoCard) -> hf_card::Result<Value> {
    let data = D::from_metadata(card.metadata())?;
    let mut metadata = data.to_metadata(card.metadata())?;
    if D::REPO_TYPE == "model" {
        let data = ModelMetadata::from_metadata(&metadata)?;
        if !data.eval_results.is_empty() {
            let name = data.model_name.as_deref().expect("results have a name");
            let index = eval_results_to_model_index(name, &data.eval_results)?;
            metadata.insert("model-index".to_owned(), index);
        } else if metadata
            .get("model-index")
            .is_some_and(|index| *index == Value::List(Vec::new()))
        {
            metadata.shift_remove("model-index");
        }
    }
    if let Some(Value::List(tags)) = metadata.get_mut("tags") {
        let mut seen: Vec<Value> = Vec::new();
        tags.retain(|tag| {
            let new = !seen.contains(tag);
            seen.push(tag.clone());
            new
        });
    }
    metadata.retain(|_, value| !value.is_null());
    Ok(Value::Map(metadata))
}

fn read(case: &Value) -> hf_card::Result<(Value, String)> {
    let card = RepoCard::parse(text(case, "content"))?;
    let metadata = match text(case, "type") {
        "model" => as_python::<ModelMetadata>(&card)?,
        "dataset" => as_python::<DatasetMetadata>(&card)?,
        _ => as_python::<SpaceMetadata>(&card)?,
    };
    Ok((metadata, card.text().to_owned()))
}

/// Python writes names that are numbers as numbers: they are text here.
fn with_names_as_text(mut value: Value) -> Value {
    match &mut value {
        Value::Map(entries) => {
            for (key, entry) in entries.iter_mut() {
                let old = std::mem::take(entry);
                *entry = match old {
                    Value::Int(number) if key == "name" || key == "revision" => {
                        Value::from(number.to_string())
                    }
                    other => with_names_as_text(other),
                };
            }
        }
        Value::List(items) => {
            for item in items {
                *item = with_names_as_text(std::mem::take(item));
            }
        }
        _ => {}
    }
    value
}

#[test]
fn cards_say_what_python_reads() {
    for case in cases("read") {
        let content = text(&case, "content");
        match (read(&case), case.get("error")) {
            (Ok((metadata, body)), None) => {
                let expected = case.get("metadata").expect("there is metadata").clone();
                assert_eq!(metadata, with_names_as_text(expected), "{content}");
                assert_eq!(body, text(&case, "text"), "{content}");
            }
            (Err(_), Some(_)) => {}
            (ours, theirs) => panic!("{content}: {ours:?}, but Python: {theirs:?}"),
        }
    }
}

#[test]
fn what_yaml_1_1_reads_otherwise_is_as_the_hub_has_it() {
    for case in cases("different") {
        let (metadata, _) = read(&case).expect("it can be read");
        let theirs = case.get("metadata").expect("there is metadata");
        // Python gives dates as objects, which have the same text.
        if !text(&case, "content").contains("date") {
            assert_ne!(metadata, *theirs);
        }
    }
}

#[test]
fn metadata_is_merged_as_python_does() {
    for case in cases("merge") {
        let metadata = case
            .get("metadata")
            .and_then(Value::as_map)
            .expect("there is metadata");
        let overwrite = case.get("overwrite") == Some(&Value::Bool(true));
        let content = text(&case, "content");
        let merged = match text(&case, "type") {
            "model" => merged::<ModelMetadata>(content, metadata, overwrite),
            _ => merged::<DatasetMetadata>(content, metadata, overwrite),
        };
        match (merged, case.get("merged")) {
            (Ok(merged), Some(expected)) => {
                assert_eq!(
                    merged,
                    with_names_as_text(expected.clone()),
                    "{content} {metadata:?}"
                );
            }
            (Err(error), None) => {
                let expected = if text(&case, "error") == "KeyError" {
                    CardErrorKind::ModelIndex
                } else {
                    CardErrorKind::Conflict
                };
                assert_eq!(error.kind(), expected, "{content}: {error}");
            }
            (ours, theirs) => panic!("{content} {metadata:?}: {ours:?}, but Python: {theirs:?}"),
        }
    }
}

fn merged<D: Metadata>(content: &str, metadata: &Map, overwrite: bool) -> hf_card::Result<Value> {
    let mut card = hf_card::Card::<D>::parse(content)?;
    card.merge(metadata, overwrite, "me/repo")?;
    as_python::<D>(&RepoCard::parse(card.content())?)
}

#[test]
fn evaluation_results_are_those_of_python() {
    for case in cases("index") {
        let card = RepoCard::parse(text(&case, "content")).expect("it can be read");
        let index = card.get("model-index").expect("there is one");
        let (name, results) = model_index_to_eval_results(index).expect("they can be read");
        assert_eq!(name, text(&case, "name"));
        let theirs = case
            .get("results")
            .and_then(Value::as_list)
            .expect("there are results");
        assert_eq!(results.len(), theirs.len());
        for (ours, theirs) in results.iter().zip(theirs) {
            let field = |key: &str| theirs.get(key).and_then(Value::scalar_text);
            assert_eq!(Some(&ours.task_type), field("task_type").as_ref());
            assert_eq!(ours.task_name, field("task_name"));
            assert_eq!(Some(&ours.dataset_type), field("dataset_type").as_ref());
            assert_eq!(Some(&ours.dataset_name), field("dataset_name").as_ref());
            assert_eq!(ours.dataset_config, field("dataset_config"));
            assert_eq!(ours.dataset_split, field("dataset_split"));
            assert_eq!(ours.dataset_revision, field("dataset_revision"));
            assert_eq!(ours.dataset_args.as_ref(), theirs.get("dataset_args"));
            assert_eq!(Some(&ours.metric_type), field("metric_type").as_ref());
            assert_eq!(Some(&ours.metric_value), theirs.get("metric_value"));
            assert_eq!(ours.metric_name, field("metric_name"));
            assert_eq!(
                ours.verified.map(Value::from).as_ref(),
                theirs.get("verified")
            );
            assert_eq!(ours.verify_token, field("verify_token"));
            assert_eq!(ours.source_name, field("source_name"));
            assert_eq!(ours.source_url, field("source_url"));
        }
        let written = eval_results_to_model_index(&name, &results).expect("they can be written");
        assert_eq!(
            written,
            with_names_as_text(case.get("model_index").expect("there is one").clone())
        );
    }
}

#[test]
fn templates_are_filled_in_as_python_does() {
    let variables = |pairs: &[(&str, &str)]| -> Map {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
            .collect()
    };
    for case in cases("template") {
        let (content, body) = if text(&case, "type") == "model" {
            let data = ModelMetadata::new()
                .language("en")
                .license("mit")
                .base_model("x/y")
                .tags(["a", "b"]);
            let variables = variables(&[("model_id", "me/tiny"), ("developers", "us")]);
            let card = ModelCard::from_template(&data, ModelCard::DEFAULT_TEMPLATE, &variables)
                .expect("it is filled in");
            (card.content().to_owned(), card.text().to_owned())
        } else {
            let data = DatasetMetadata::new()
                .language(["en"])
                .license("mit")
                .pretty_name("Tiny");
            let variables = variables(&[("dataset_summary", "Small."), ("curators", "us")]);
            let card = DatasetCard::from_template(&data, DatasetCard::DEFAULT_TEMPLATE, &variables)
                .expect("it is filled in");
            (card.content().to_owned(), card.text().to_owned())
        };
        // Python drops the last line break, and writes lists as Python does.
        let theirs = text(&case, "text").replace("['en']", "en");
        assert_eq!(body.strip_suffix('\n'), Some(&*theirs));
        assert!(
            content.starts_with("---\n# For reference on "),
            "{content:.100}"
        );
        let theirs = RepoCard::parse(text(&case, "content")).expect("it can be read");
        assert_eq!(
            *RepoCard::parse(content).expect("it can be read").metadata(),
            *theirs.metadata()
        );
    }
}
