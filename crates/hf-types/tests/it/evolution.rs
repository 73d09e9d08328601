//! The Hub changes: new members, new values, members that are gone or of another type. What still decodes, and how
//! clear the error is where nothing can be done.

use crate::support::decode;
use hf_types::*;
use serde_json::{Value, json};

#[derive(serde::Deserialize)]
struct Line {
    sample: String,
    method: String,
    body: Value,
}

fn lines() -> impl Iterator<Item = Line> {
    include_str!("data/python_attributes.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
}

/// Objects whose members are values by name, so that a new member is a new value.
const MAPS: [&str; 3] = ["labels", "parameters", "inferenceProviderMapping"];

fn add_unknown_members(value: &mut Value, is_map: bool) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                add_unknown_members(member, MAPS.contains(&name.as_str()));
            }
            // An empty object often stands for nothing.
            if !is_map && !members.is_empty() {
                members.insert("zzNew".to_owned(), json!({"a": [1, null], "b": "ü"}));
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| add_unknown_members(item, false)),
        _ => {}
    }
}

#[test]
fn new_members_everywhere_are_kept() {
    for mut line in lines() {
        let by_name = ["space_variable", "space_secret"]
            .iter()
            .any(|part| line.method.contains(part));
        add_unknown_members(&mut line.body, by_name);
        let ours = decode(&line.method, &line.body)
            .unwrap()
            .unwrap_or_else(|err| panic!("{}: {err}", line.sample));
        let made_here = [
            "create_repo",
            "duplicate_repo",
            "create_bucket",
            "list_liked_repos",
        ];
        let sent = line.body.to_string().contains("zzNew");
        if sent && !made_here.contains(&line.method.as_str()) {
            assert!(
                ours.to_string().contains("zzNew"),
                "{}: {ours}",
                line.sample
            );
        }
    }
}

/// Calls `each` with `root` having each of its values replaced in turn.
fn replace_each(root: &Value, with: &Value, each: &mut dyn FnMut(&Value)) {
    fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    pointers(member, &format!("{at}/{}", name.replace('/', "~1")), all);
                }
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    pointers(item, &format!("{at}/{i}"), all);
                }
            }
            _ => {}
        }
        all.push(at.to_owned());
    }
    let mut all = Vec::new();
    pointers(root, "", &mut all);
    for pointer in all {
        let mut changed = root.clone();
        if let Some(value) = changed.pointer_mut(&pointer) {
            *value = with.clone();
            each(&changed);
        }
    }
}

#[test]
fn values_of_any_other_type_are_read_or_refused_with_words() {
    // One response of each call, of moderate size.
    let mut chosen = std::collections::BTreeMap::new();
    for line in lines() {
        if line.body.to_string().len() < 1_000 {
            chosen.insert(line.method.clone(), line);
        }
    }
    let (mut read, mut refused) = (0, 0);
    for line in chosen.values() {
        for other in [
            Value::Null,
            json!("x"),
            json!(-1),
            json!(1.5),
            json!(true),
            json!([]),
            json!({}),
        ] {
            replace_each(
                &line.body,
                &other,
                &mut |body| match decode(&line.method, body) {
                    Some(Ok(_)) => read += 1,
                    Some(Err(err)) => {
                        refused += 1;
                        assert!(err.len() > 10, "{err}");
                    }
                    None => {}
                },
            );
        }
    }
    assert!(read > 1_000 && refused > 1_000, "{read} {refused}");
}

#[test]
fn what_is_no_such_object_is_refused_with_words() {
    let path = |text: &str| {
        let reader = &mut serde_json::Deserializer::from_str(text);
        let err = serde_path_to_error::deserialize::<_, Vec<ModelInfo>>(reader).unwrap_err();
        (err.path().to_string(), err.into_inner().to_string())
    };
    let (at, err) = path(r#"[{"id": "a"}, {"author": "a"}]"#);
    assert_eq!(at, "[1]");
    assert!(err.contains("missing field `id`"), "{err}");
    let (at, err) = path(r#"[{"id": "a"}, 7]"#);
    assert_eq!(at, "[1]");
    assert!(
        err.contains("expected an object with the fields of ModelInfo, found 7"),
        "{err}"
    );
    for text in ["[]", "null", "\"x\""] {
        let err = serde_json::from_str::<ModelInfo>(text).unwrap_err();
        assert!(err.to_string().contains("fields of ModelInfo"), "{err}");
    }
    // Members of objects below, by their path.
    let err = serde_json::from_str::<Discussion>(
        r#"{"title": "t", "status": "open", "num": 1, "isPullRequest": true}"#,
    )
    .unwrap_err();
    assert!(
        err.to_string().contains("missing field `repo.name`"),
        "{err}"
    );
    let err = serde_json::from_str::<JobInfo>(
        r#"{"id": "j", "status": 3, "owner": {"id": "o", "name": "o", "type": "user"}}"#,
    )
    .unwrap_err();
    assert!(
        err.to_string()
            .contains("field `status`: unexpected value 3"),
        "{err}"
    );
    // What a user writes is not guessed at.
    for text in [
        r#"{"type": "bucket", "source": "u/b", "mount_path": "/data", "read_only": "perhaps"}"#,
        r#"{"type": "bucket", "source": ["u/b"], "mount_path": "/data"}"#,
    ] {
        let err = serde_json::from_str::<Volume>(text).unwrap_err();
        assert!(err.to_string().contains("unexpected value"), "{err}");
    }
}

#[test]
fn one_odd_value_does_not_take_a_list_with_it() {
    let text = r#"[
        {"id": "a", "downloads": "many", "private": "perhaps", "lastModified": "", "tags": ["x", null, 7, ["y"]],
         "safetensors": "none", "siblings": [{"rfilename": "f", "size": "big", "lfs": {"size": 1}}, 3],
         "cardData": 5, "gated": {"a": 1}, "spaces": "one"},
        {"id": null, "author": 12, "transformersInfo": {"auto_model": null}},
        {"id": "b", "downloads": 10}
    ]"#;
    let models: Vec<ModelInfo> = serde_json::from_str(text).unwrap();
    let odd = &models[0];
    assert_eq!(
        (odd.downloads, odd.private, odd.last_modified),
        (None, None, None)
    );
    assert_eq!(odd.extra["downloads"], "many");
    assert_eq!(odd.extra["private"], "perhaps");
    assert_eq!(odd.extra["lastModified"], "");
    assert_eq!(odd.tags.as_deref().unwrap(), ["x", "7"]);
    assert_eq!(odd.extra["tags[]"], json!([null, ["y"]]));
    assert_eq!(
        (&odd.safetensors, &odd.extra["safetensors"]),
        (&None, &json!("none"))
    );
    let file = &odd.siblings.as_ref().unwrap()[0];
    assert_eq!(
        (file.rfilename.as_str(), file.size, &file.lfs),
        ("f", None, &None)
    );
    assert_eq!(file.extra["lfs"], json!({"size": 1}));
    assert_eq!(odd.extra["siblings[]"], json!([3]));
    assert_eq!((&odd.gated, &odd.extra["gated"]), (&None, &json!({"a": 1})));
    assert_eq!((&odd.spaces, &odd.extra["spaces"]), (&None, &json!("one")));
    assert_eq!(
        (models[1].id.as_str(), models[1].author.as_deref()),
        ("", Some("12"))
    );
    assert_eq!(
        (models[2].id.as_str(), models[2].downloads),
        ("b", Some(10))
    );

    let written = serde_json::to_string(&models).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<ModelInfo>>(&written).unwrap(),
        models
    );
}

#[test]
fn counters_are_read_as_other_servers_write_them() {
    for (text, count) in [
        ("10", Some(10)),
        ("10.0", Some(10)),
        ("1.2E9", Some(1_200_000_000)),
        ("\"10\"", Some(10)),
        ("\" 1.2e3 \"", Some(1_200)),
        ("18446744073709551615", Some(u64::MAX)),
        ("1.8446744073709552e19", None),
        ("10.5", None),
        ("-1", None),
        ("1e300", None),
        ("\"inf\"", None),
        ("\"\"", None),
        ("true", None),
        ("null", None),
    ] {
        let text = format!(r#"{{"id": "a", "downloads": {text}}}"#);
        let info: ModelInfo = serde_json::from_str(&text).unwrap();
        assert_eq!(info.downloads, count, "{text}");
        assert_eq!(
            info.extra.get("downloads").is_some(),
            count.is_none() && !text.contains("null")
        );
    }
}

#[test]
fn entries_of_a_tree_that_are_no_files_are_not_taken_for_files() {
    let entries: Vec<RepoTreeEntry> = serde_json::from_value(json!([
        {"type": "file", "path": "a", "oid": "1", "size": 3},
        {"type": "file", "path": "b", "oid": "2"},
        {"type": "directory", "path": "c", "oid": "3"},
        {"type": "submodule", "path": "d", "oid": "4"},
        {"type": "unknown", "path": "e", "oid": "5", "size": 0},
        {"type": "file", "path": "f", "oid": "6", "size": 1, "securityFileStatus": "fine", "lastCommit": 7},
    ]))
    .unwrap();
    let files: Vec<_> = entries
        .iter()
        .filter_map(RepoTreeEntry::as_file)
        .map(|file| (file.path.as_str(), file.size))
        .collect();
    assert_eq!(files, [("a", Some(3)), ("b", None), ("f", Some(1))]);
    assert!(entries[2].as_folder().is_some() && entries[3].as_folder().is_none());
    assert!(matches!(&entries[4], RepoTreeEntry::Other(other) if other.r#type == "unknown"));
    let odd = entries[5].as_file().unwrap();
    assert_eq!(
        (&odd.security, &odd.extra["securityFileStatus"]),
        (&None, &json!("fine"))
    );
    for entry in entries {
        let written = serde_json::to_string(&entry).unwrap();
        assert_eq!(
            serde_json::from_str::<RepoTreeEntry>(&written).unwrap(),
            entry
        );
    }
}

#[test]
fn new_values_of_enums_are_kept() {
    let info: SpaceRuntime =
        serde_json::from_str(r#"{"stage": "DREAMING", "storage": "vast"}"#).unwrap();
    assert_eq!(info.stage, SpaceStage::Other("DREAMING".into()));
    assert_eq!(info.storage.unwrap().as_str(), "vast");
    assert!(!info.stage.is_terminal() && !info.stage.is_intermediate());
    assert_eq!(serde_json::to_value(&info.stage).unwrap(), "DREAMING");
    for known in SpaceHardware::KNOWN {
        assert_eq!(SpaceHardware::from(known.as_str()), *known);
    }
    for known in JobStage::KNOWN {
        assert_eq!(known.as_str().parse::<JobStage>().unwrap(), *known);
    }
    for (text, gated) in [
        ("false", Gated::No),
        ("\"auto\"", Gated::Auto),
        ("\"manual\"", Gated::Manual),
        ("\"lottery\"", Gated::Other("lottery".into())),
    ] {
        let read: Gated = serde_json::from_str(text).unwrap();
        assert_eq!((read.is_gated(), &read), (text != "false", &gated));
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}

#[test]
fn an_unknown_event_keeps_everything() {
    let event = json!({
        "id": "e", "type": "reference-added", "createdAt": "2026-01-01T00:00:00Z",
        "data": {"from": "a", "status": 3}, "author": null,
    });
    let read: DiscussionEvent = serde_json::from_value(event).unwrap();
    assert!(matches!(&read, DiscussionEvent::Other(other) if other.extra["data"]["status"] == 3));
    assert_eq!(
        (read.r#type(), read.author()),
        ("reference-added", "deleted")
    );
}

#[test]
fn numbers_beyond_2_to_53_stay_exact() {
    let text = r#"{"id":"a","usedStorage":18446744073709551615,"config":{"n":9007199254740993},"trendingScore":3.5}"#;
    let info: ModelInfo = serde_json::from_str(text).unwrap();
    assert_eq!(info.used_storage, Some(u64::MAX));
    assert_eq!(
        info.config.as_ref().unwrap()["n"],
        9_007_199_254_740_993_u64
    );
    let written = serde_json::to_string(&info).unwrap();
    assert!(written.contains("18446744073709551615") && written.contains("9007199254740993"));
    assert_eq!(serde_json::from_str::<ModelInfo>(&written).unwrap(), info);
}

#[test]
fn the_last_of_repeated_members_counts() {
    let info: ModelInfo =
        serde_json::from_str(r#"{"id":"a","id":"b","new":1,"other":0,"new":2}"#).unwrap();
    assert_eq!(
        (
            info.id.as_str(),
            info.extra["new"].as_u64(),
            info.extra.len()
        ),
        ("b", Some(2), 2)
    );
}

#[test]
fn secrets_are_not_shown() {
    let hook: WebhookInfo =
        serde_json::from_value(json!({"id": "w", "watched": [], "secret": "hush-hush"})).unwrap();
    let xet: XetConnectionInfo = serde_json::from_value(
        json!({"accessToken": "hush-hush", "exp": 1, "casUrl": "https://c"}),
    )
    .unwrap();
    let secret = SpaceKeyValue::new("KEY", "hush-hush");
    let shown = format!("{hook:?} {xet:?} {secret:?}");
    assert!(!shown.contains("hush"), "{shown}");
    assert_eq!(
        (hook.secret.as_deref(), xet.endpoint.as_str()),
        (Some("hush-hush"), "https://c")
    );
    assert_eq!(serde_json::to_value(&secret).unwrap()["value"], "hush-hush");
}
