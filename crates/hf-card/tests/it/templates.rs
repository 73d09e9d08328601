//! Cards made from templates.

use hf_card::{CardErrorKind, Map, ModelCard, ModelMetadata, Value};

fn fill(template: &str, variables: &[(&str, Value)]) -> hf_card::Result<String> {
    let data = ModelMetadata::new().license("mit").language(["en", "fr"]);
    let variables: Map = variables
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    ModelCard::from_template(&data, template, &variables).map(ModelCard::into_content)
}

#[test]
fn names_stand_for_variables_then_metadata_then_defaults() {
    let block = "---\nlanguage:\n- en\n- fr\nlicense: mit\n---\n";
    let filled = fill(
        "---\n{{ card_data }}\n---\n{{ license }} {{language}} {{ x | default(\"-\", true) }}\n",
        &[],
    );
    assert_eq!(filled.unwrap(), format!("{block}mit en, fr -\n"));
    let filled = fill(
        "---\n{{ card_data }}\n---\n{{ license }} {{ x|default('-') }}{{ y }}",
        &[("license", "L".into()), ("x", 1.into())],
    );
    assert_eq!(filled.unwrap(), format!("{block}L 1"));
    assert_eq!(fill("# Title", &[]).unwrap(), format!("{block}# Title"));
}

#[test]
fn what_else_jinja_has_is_an_error_with_its_line() {
    for template in [
        "a\n{% if x %}",
        "a\n{# note #}",
        "a\n{{ x | upper }}",
        "a\n{{ x.y }}",
        "a\n{{ x",
        "a\n{{ }}",
    ] {
        let error = fill(template, &[]).unwrap_err();
        assert_eq!(
            (error.kind(), error.line()),
            (CardErrorKind::Template, Some(2)),
            "{template}: {error}"
        );
    }
}

#[test]
fn values_cannot_break_out_of_the_metadata() {
    let data = ModelMetadata::new()
        .license("mit\n---\n# no")
        .extra("a: b", "c\u{0}d");
    let card =
        ModelCard::from_template(&data, "---\n{{ card_data }}\n---\nbody", &Map::new()).unwrap();
    assert_eq!(card.data().unwrap(), data);
    assert_eq!(card.text(), "body");
}
