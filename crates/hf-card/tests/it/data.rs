//! Metadata as typed values.

use hf_card::{
    DatasetCard, Metadata as _, ModelCard, ModelMetadata, SpaceCard, SpaceMetadata, StringOrList,
    Value,
};

#[test]
fn a_field_of_another_type_stays_among_the_other_entries() {
    let content =
        "---\nlicense: [mit, gpl] # two\ntags: audio\nlanguage: [en, 1]\nnew: {a: 1}\n---\n";
    let mut card = ModelCard::parse(content).unwrap();
    let data = card.data().unwrap();
    assert_eq!(data.license, None);
    assert_eq!(data.tags, Some(StringOrList::One("audio".to_owned())));
    assert_eq!(
        data.extra.keys().collect::<Vec<_>>(),
        ["license", "language", "new"]
    );
    card.update(|_| {}).unwrap();
    assert_eq!(card.content(), content);
    card.update(|data| {
        data.license = Some("mit".to_owned());
        if let Some(tags) = &mut data.tags {
            tags.add("audio");
            tags.add("speech");
        }
        data.extra.shift_remove("new");
    })
    .unwrap();
    assert_eq!(
        card.content(),
        "---\nlicense: mit # two\ntags:\n- audio\n- speech\nlanguage: [en, 1]\n---\n"
    );
}

#[test]
fn a_new_card_has_its_fields_in_the_usual_order() {
    let data = SpaceMetadata::new()
        .extra("emoji", "🤗")
        .sdk("gradio")
        .title("My Space")
        .sdk_version("4.44.0")
        .app_port(7860);
    let card = SpaceCard::new(&data, "").unwrap();
    assert_eq!(
        card.content(),
        "---\ntitle: My Space\nsdk: gradio\nsdk_version: 4.44.0\napp_port: 7860\nemoji: 🤗\n---\n"
    );
    assert_eq!(card.data().unwrap(), data);
}

#[test]
fn fields_that_are_taken_away_take_their_lines_with_them() {
    let mut card =
        DatasetCard::parse("---\nlicense: mit\n# kept\npretty_name: X\ntags: [a]\n---\n").unwrap();
    card.update(|data| {
        data.license = None;
        data.pretty_name = Some("Z".to_owned());
    })
    .unwrap();
    assert_eq!(
        card.content(),
        "---\n# kept\npretty_name: Z\ntags: [a]\n---\n"
    );
}

#[test]
fn values_have_json_in_the_order_of_the_card() {
    let card = ModelCard::parse("---\nb: 1\na: [1.5, x, ~, .inf]\n---\n").unwrap();
    assert_eq!(
        serde_json::to_string(card.metadata()).unwrap(),
        r#"{"b":1,"a":[1.5,"x",null,null]}"#
    );
    let value: Value =
        serde_json::from_str(r#"{"a": [1, 18446744073709551615, -1.5, null, true]}"#).unwrap();
    let items = value.get("a").and_then(Value::as_list).unwrap();
    assert_eq!(items[0], Value::Int(1));
    assert_eq!(items[1], Value::Float(18_446_744_073_709_551_615.0));
}

#[test]
fn metadata_of_one_kind_can_be_read_as_another() {
    let card = ModelCard::parse("---\ntitle: T\nlicense: mit\n---\n").unwrap();
    let data = SpaceMetadata::from_metadata(card.metadata()).unwrap();
    assert_eq!(
        (data.title.as_deref(), data.license.as_deref()),
        (Some("T"), Some("mit"))
    );
    assert_eq!(ModelMetadata::REPO_TYPE, "model");
}
