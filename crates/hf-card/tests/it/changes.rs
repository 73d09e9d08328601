//! A change touches what differs, and nothing else.

use hf_card::{CardErrorKind, DatasetCard, ModelCard, RepoCard, Value};

/// Sets one entry of a block; returns the block.
pub(crate) fn set(yaml: &str, key: &str, value: impl Into<Value>) -> String {
    change(yaml, |card| card.set(key, value).expect("it can be set"))
}

fn change(yaml: &str, change: impl FnOnce(&mut RepoCard)) -> String {
    let mut card = RepoCard::parse(format!("---\n{yaml}---\nbody")).expect("it can be read");
    change(&mut card);
    let content = card.into_content();
    let block = content
        .strip_prefix("---\n")
        .and_then(|rest| rest.strip_suffix("---\nbody"));
    block.expect("nothing else changed").to_owned()
}

/// Changes the value at a path of keys and numbers.
fn set_at(yaml: &str, path: &[&str], value: impl Into<Value>) -> String {
    change(yaml, |card| {
        let mut metadata = Value::Map(card.metadata().clone());
        let mut at = &mut metadata;
        for step in path {
            at = match at {
                Value::Map(entries) => entries.entry((*step).to_owned()).or_default(),
                Value::List(items) => {
                    let index: usize = step.parse().expect("a number");
                    if index == items.len() {
                        items.push(Value::Null);
                    }
                    &mut items[index]
                }
                other => panic!("{other:?} has no {step}"),
            };
        }
        *at = value.into();
        card.set_metadata(metadata.as_map().expect("a map"))
            .expect("it can be set");
    })
}

#[test]
fn a_scalar_keeps_its_quotes_and_the_comment_behind_it() {
    assert_eq!(
        set("license: mit\n", "license", "apache-2.0"),
        "license: apache-2.0\n"
    );
    assert_eq!(
        set("license: \"mit\"  # why\n", "license", "gpl"),
        "license: \"gpl\"  # why\n"
    );
    assert_eq!(
        set("license: 'mit'\t# why\n", "license", "it's"),
        "license: 'it''s'\t# why\n"
    );
    assert_eq!(
        set("license:    mit   \n", "license", "gpl"),
        "license: gpl   \n"
    );
    assert_eq!(
        set("\"license\" : mit\n", "license", "gpl"),
        "\"license\" : gpl\n"
    );
    assert_eq!(
        set("a: 1 # one\nb: 2 # two\n", "a", 3),
        "a: 3 # one\nb: 2 # two\n"
    );
    assert_eq!(
        set("a: plain text\n  that goes on # c\nb: 2\n", "a", "x"),
        "a: x # c\nb: 2\n"
    );
    assert_eq!(
        set("a: 'quoted text\n\n  that goes on' # c\nb: 2\n", "a", "x"),
        "a: 'x' # c\nb: 2\n"
    );
    assert_eq!(set("a:\n  b # c\nd: e\n", "a", "x"), "a: x\nd: e\n");
}

#[test]
fn a_new_entry_goes_to_the_end() {
    assert_eq!(set("a: 1\n", "b", "x"), "a: 1\nb: x\n");
    assert_eq!(set("a: 1\n# last\n", "b", "x"), "a: 1\n# last\nb: x\n");
    assert_eq!(set("a: 1\n\n", "b", "x"), "a: 1\nb: x\n\n");
    assert_eq!(
        set("# nothing but this\n", "b", "x"),
        "# nothing but this\nb: x\n"
    );
    assert_eq!(set("{}\n", "b", "x"), "{b: x}\n");
    assert_eq!(
        set("{a: 1}\n", "b", ["x", "y, z"]),
        "{a: 1, b: [x, 'y, z']}\n"
    );
    assert_eq!(set("a: |\n  text\n\n", "b", "x"), "a: |\n  text\nb: x\n\n");
    assert_eq!(
        set("a: |+\n  text\n\n", "b", "x"),
        "a: |+\n  text\n\nb: x\n"
    );
    assert_eq!(set("null\n", "b", "x"), "\nb: x\n");
}

#[test]
fn null_is_written_over() {
    assert_eq!(set("a:\nb: 2\n", "a", "x"), "a: x\nb: 2\n");
    assert_eq!(set("a: # todo\nb: 2\n", "a", "x"), "a: x # todo\nb: 2\n");
    assert_eq!(
        set("a: # todo\nb: 2\n", "a", ["x"]),
        "a: # todo\n- x\nb: 2\n"
    );
    assert_eq!(set("a: ~\n", "a", "x"), "a: x\n");
    assert_eq!(set("{a, b: }\n", "a", "x"), "{a: x, b: }\n");
    assert_eq!(set("{a, b: }\n", "b", "x"), "{a, b: x }\n");
    assert_eq!(set("a: 1\n", "a", Value::Null), "a: null\n");
}

#[test]
fn a_list_keeps_the_items_that_stay() {
    let block = "tags: # mine\n# first\n- a # one\n\n- \"b\"\n";
    assert_eq!(
        set(block, "tags", ["a", "b", "c"]),
        "tags: # mine\n# first\n- a # one\n\n- \"b\"\n- c\n"
    );
    assert_eq!(
        set(block, "tags", ["b"]),
        "tags: # mine\n# first\n\n- \"b\"\n"
    );
    assert_eq!(
        set(block, "tags", ["a", "x"]),
        "tags: # mine\n# first\n- a # one\n\n- \"x\"\n"
    );
    assert_eq!(
        set(block, "tags", ["x", "a", "b"]),
        "tags: # mine\n# first\n- x\n- a # one\n\n- \"b\"\n"
    );
    assert_eq!(set(block, "tags", "one"), "tags: one # mine\n# first\n");
    assert_eq!(
        set(block, "tags", Vec::<String>::new()),
        "tags: [] # mine\n# first\n"
    );
    let indented = "tags:\n    - a\n    - b\nother: 1\n";
    assert_eq!(
        set(indented, "tags", ["a", "b", "c"]),
        "tags:\n    - a\n    - b\n    - c\nother: 1\n"
    );
    assert_eq!(
        set(indented, "other", ["x"]),
        "tags:\n    - a\n    - b\nother:\n    - x\n"
    );
}

#[test]
fn a_list_in_brackets_stays_in_brackets() {
    assert_eq!(
        set("tags: [a, 'b'] # c\n", "tags", ["a", "b", "c"]),
        "tags: [a, 'b', c] # c\n"
    );
    assert_eq!(set("tags: [a, 'b']\n", "tags", ["b"]), "tags: ['b']\n");
    assert_eq!(set("tags: [a, b, c]\n", "tags", ["a"]), "tags: [a]\n");
    assert_eq!(set("tags: [a, b, c]\n", "tags", ["c"]), "tags: [c]\n");
    assert_eq!(
        set("tags: [a, b, c]\n", "tags", ["x", "b", "c"]),
        "tags: [x, b, c]\n"
    );
    assert_eq!(
        set("tags: [a]\n", "tags", ["x", "z", "a"]),
        "tags: [x, z, a]\n"
    );
    assert_eq!(
        set("tags: [a, # one\n  b # two\n  ]\n", "tags", ["a", "b", "c"]),
        "tags: [a, # one\n  b, c # two\n  ]\n"
    );
    assert_eq!(set("tags: []\nb: 1\n", "tags", ["a"]), "tags:\n- a\nb: 1\n");
    assert_eq!(
        set_at("a: {b: {c: 1, d: 2}}\n", &["a", "b", "c"], 3),
        "a: {b: {c: 3, d: 2}}\n"
    );
    assert_eq!(set_at("a: {b: 1}\n", &["a", "c"], "x"), "a: {b: 1, c: x}\n");
    assert_eq!(
        set_at("a: [{b: 1}, c]\n", &["a", "0", "b"], "[x]"),
        "a: [{b: '[x]'}, c]\n"
    );
}

#[test]
fn a_removed_entry_takes_its_lines_with_it() {
    let remove =
        |yaml: &str, key: &str| change(yaml, |card| card.remove(key).expect("it can be removed"));
    assert_eq!(remove("a: 1\nb: 2\nc: 3\n", "b"), "a: 1\nc: 3\n");
    assert_eq!(
        remove("a: 1\n# of b\nb:\n- 2 # two\n# of c\nc: 3\n", "b"),
        "a: 1\n# of b\n# of c\nc: 3\n"
    );
    assert_eq!(remove("a: |\n  text\n\n  more\nb: 2\n", "a"), "b: 2\n");
    assert_eq!(remove("a: {b: 1,\n  c: 2}\nd: 1\n", "a"), "d: 1\n");
    assert_eq!(remove("{a: 1, b: 2, c: 3}\n", "b"), "{a: 1, c: 3}\n");
    assert_eq!(remove("{a: 1, b: 2, c: 3}\n", "c"), "{a: 1, b: 2}\n");
    assert_eq!(remove("a: 1\n", "a"), "\n");
    assert_eq!(remove("a: 1\n", "absent"), "a: 1\n");
    assert_eq!(remove("a: 1\nb: 2\na: 3\n", "a"), "b: 2\n");
    assert_eq!(
        set("a: 1\nb: 2\na: 3 # last\n", "a", 4),
        "a: 1\nb: 2\na: 4 # last\n"
    );
}

#[test]
fn maps_in_lists_keep_what_stays() {
    let yaml = "w:\n- text: hi # greeting\n  title: x\n- title: y\n  text: |\n    long\n    text\n";
    assert_eq!(
        set_at(yaml, &["w", "0", "text"], "ho"),
        "w:\n- text: ho # greeting\n  title: x\n- title: y\n  text: |\n    long\n    text\n"
    );
    assert_eq!(
        set_at(yaml, &["w", "1", "text"], "short"),
        "w:\n- text: hi # greeting\n  title: x\n- title: y\n  text: short\n"
    );
    assert_eq!(
        set_at(yaml, &["w", "0", "new"], "z"),
        "w:\n- text: hi # greeting\n  title: x\n  new: z\n- title: y\n  text: |\n    long\n    text\n"
    );
    let map = |entries: &[(&str, &str)]| -> Value {
        let entries = entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Value::from(*value)));
        Value::Map(entries.collect())
    };
    assert_eq!(
        set_at(yaml, &["w", "0"], map(&[("title", "x")])),
        "w:\n- title: x\n- title: y\n  text: |\n    long\n    text\n"
    );
    assert_eq!(
        set_at(yaml, &["w", "2"], map(&[("a", "1"), ("b", "x\ny\n")])),
        format!("{yaml}- a: '1'\n  b: |\n    x\n    y\n")
    );
    assert_eq!(
        set_at(yaml, &["w", "1"], "scalar"),
        "w:\n- text: hi # greeting\n  title: x\n- scalar\n"
    );
    assert_eq!(
        set_at(
            "w:\n- scalar # c\n- b\n",
            &["w", "0"],
            map(&[("a", "x"), ("b", "z")])
        ),
        "w:\n- a: x # c\n  b: z\n- b\n"
    );
    assert_eq!(
        set_at("w:\n- - a\n  - b\n", &["w", "0", "1"], "c"),
        "w:\n- - a\n  - c\n"
    );
}

#[test]
fn block_scalars_are_replaced_with_their_lines() {
    let yaml = "a: |  # why\n  one\n\n  two\n\nb: 1\n";
    assert_eq!(set(yaml, "a", "x"), "a: x  # why\n\nb: 1\n");
    assert_eq!(set(yaml, "a", "x\ny"), "a: |-  # why\n  x\n  y\n\nb: 1\n");
    assert_eq!(
        set("a: >-\n  folded\n  text\nb: 1\n", "a", ["x"]),
        "a:\n- x\nb: 1\n"
    );
    assert_eq!(set("a: |\nb: 1\n", "a", "x"), "a: x\nb: 1\n");
    assert_eq!(
        set("a: x # c\nb: 1\n", "a", "x\n\ny\n"),
        "a: | # c\n  x\n\n  y\nb: 1\n"
    );
}

#[test]
fn properties_go_with_what_they_belong_to() {
    assert_eq!(set("a: !!str 1 # c\n", "a", 2), "a: 2 # c\n");
    assert_eq!(set("a: &x\n  b: 1\nc: 2\n", "a", "z"), "a: z\nc: 2\n");
    assert_eq!(set("a: &x [1]\nb: *x\n", "b", "z"), "a: &x [1]\nb: z\n");
    assert_eq!(set("a: &x 1\nb: 2\n", "b", 3), "a: &x 1\nb: 3\n");
}

#[test]
fn what_an_alias_refers_to_is_not_changed_in_silence() {
    for yaml in ["a: &x [1]\nb: *x\n", "a: &x\n  k: 1\nb:\n  <<: *x\n"] {
        let content = format!("---\n{yaml}---\n");
        let mut card = RepoCard::parse(content.as_str()).expect("it can be read");
        let error = card.set("a", "other").unwrap_err();
        assert_eq!(error.kind(), CardErrorKind::Entangled, "{error}");
        assert!(error.to_string().contains("`a`"), "{error}");
        assert_eq!(card.content(), content);
    }
    // An entry that a merge key gives a map is overridden.
    assert_eq!(
        set_at("b: &b {x: 1}\na:\n  <<: *b\n  y: 2\n", &["a", "x"], 5),
        "b: &b {x: 1}\na:\n  <<: *b\n  y: 2\n  x: 5\n"
    );
}

#[test]
fn line_breaks_marks_and_blanks_around_the_block_stay() {
    let mut card =
        RepoCard::parse("\u{feff}\r\n---\r\na: 1\r\nb: |\r\n  x\r\n---  \r\n\r\nbody\n").unwrap();
    card.set("a", ["x", "z"]).unwrap();
    card.set("c", "p\nq").unwrap();
    assert_eq!(
        card.content(),
        "\u{feff}\r\n---\r\na:\r\n- x\r\n- z\r\nb: |\r\n  x\r\nc: |-\r\n  p\r\n  q\r\n---  \r\n\r\nbody\n"
    );
    assert_eq!(card.text(), "\r\nbody\n");
}

#[test]
fn a_card_without_a_body_or_line_break_can_be_changed() {
    let mut card = DatasetCard::parse("---\nlicense: cc-by-sa-4.0\n---").unwrap();
    card.set("tags", ["test"]).unwrap();
    assert_eq!(
        card.content(),
        "---\nlicense: cc-by-sa-4.0\ntags:\n- test\n---"
    );
    card.set_text("# Body\n").unwrap();
    assert_eq!(
        card.content(),
        "---\nlicense: cc-by-sa-4.0\ntags:\n- test\n---\n# Body\n"
    );
    for empty in ["---\n---\n", "---\n\n---\n", "---\n# nothing\n---\n"] {
        let mut card = RepoCard::parse(empty).unwrap();
        assert!(card.metadata().is_empty());
        card.set("a", 1).unwrap();
        assert!(
            card.content().ends_with("a: 1\n---\n") || card.content().ends_with("a: 1\n\n---\n"),
            "{card}"
        );
    }
}

#[test]
fn a_text_without_metadata_gets_a_block() {
    let mut card = ModelCard::parse("\u{feff}# Model\r\n\r\ntext\r\n").unwrap();
    card.set("license", "mit").unwrap();
    assert_eq!(
        card.content(),
        "\u{feff}---\r\nlicense: mit\r\n---\r\n# Model\r\n\r\ntext\r\n"
    );
    let mut card = ModelCard::parse("").unwrap();
    card.set("license", "mit").unwrap();
    assert_eq!(card.content(), "---\nlicense: mit\n---\n");
}

#[test]
fn metadata_that_nobody_ended_is_not_hidden_below_a_second_block() {
    let mut card = RepoCard::parse("---\nlicense: mit\n\n# Model\n").unwrap();
    assert!(card.metadata().is_empty());
    let error = card.set("license", "apache-2.0").unwrap_err();
    assert_eq!(
        (error.kind(), error.line()),
        (CardErrorKind::Unterminated, Some(1))
    );
    assert!(error.to_string().contains("`---`"), "{error}");
    // A line of dashes is a break in Markdown, too.
    let mut card = RepoCard::parse("---\n\nHello: world\n").unwrap();
    card.set("license", "mit").unwrap();
    assert_eq!(
        card.content(),
        "---\nlicense: mit\n---\n---\n\nHello: world\n"
    );
}
