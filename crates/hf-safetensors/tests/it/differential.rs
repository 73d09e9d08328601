//! `compatible` is what the reference is: on valid files, on files that are
//! nearly valid, and on mutations of both.

use proptest::prelude::*;

use crate::support::{compare, file};

const DTYPES: &[(&str, u64)] = &[
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("C64", 64),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

/// White space, mostly none.
fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just(""), 2 => Just(" "), 1 => Just("\n\t"), 1 => Just("\r")]
}

/// A string as JSON, with and without escapes.
fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-c.]{0,3}".prop_map(|s| format!("\"{s}\"")),
        2 => any::<String>().prop_map(|s| serde_json::to_string(&s).unwrap()),
        1 => prop::collection::vec(prop_oneof![
            Just("a"), Just("\\n"), Just("\\u0061"), Just("\\ud83d\\ude00"), Just("\\/"),
            Just("é"), Just("😀"), Just("\\\""), Just("\u{7f}"),
        ], 0..5).prop_map(|parts| format!("\"{}\"", parts.concat())),
        1 => prop_oneof![
            Just("\"\\ud800\""), Just("\"\\udc00\""), Just("\"\\ud800\\u0041\""), Just("\"\\x\""),
            Just("\"\u{1}\""), Just("\"\\u12\""), Just("\"__metadata__\""),
            Just("\"__metadata\\u005f_\""), Just("\"\\ud800\\n\""), Just("\"\\uD83D\\uDE00\""),
        ].prop_map(String::from),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0u64..10).prop_map(|n| n.to_string()),
        1 => any::<u64>().prop_map(|n| n.to_string()),
        1 => any::<f64>().prop_map(|n| format!("{n:e}")),
        2 => prop_oneof![
            Just("-0"), Just("-1"), Just("1.0"), Just("1e2"), Just("01"), Just("1."), Just("1e"),
            Just("18446744073709551615"), Just("18446744073709551616"), Just("1e400"), Just("-1e400"),
            Just("1e-400"), Just("0e999999999999"), Just("1.7976931348623158e308"),
            Just("1.7976931348623159e308"), Just("179769313486231580793e289"), Just("1e308"),
            Just("1e309"), Just("0.0e400"), Just("+1"), Just("-"), Just("00"), Just("9223372036854775808"),
            Just("-9223372036854775809"), Just("1E+2"), Just("1e-"), Just("100000000000000000000"),
        ].prop_map(String::from),
        1 => (290usize..330).prop_map(|n| "9".repeat(n)),
        1 => (290usize..330).prop_map(|n| format!("0.{}1", "0".repeat(n))),
    ]
}

/// Any JSON, and a little that is none.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => number(), 3 => string(),
        2 => prop_oneof![Just("null"), Just("true"), Just("false"), Just("nul"), Just("")].prop_map(String::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), space())
                .prop_map(|(items, s)| format!("[{s}{}]", items.join(&format!("{s},{s}")))),
            (prop::collection::vec((string(), inner), 0..4), space()).prop_map(|(members, s)| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(k, v)| format!("{k}{s}:{s}{v}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

#[derive(Clone, Debug)]
struct Plan {
    name: String,
    dtype: usize,
    shape: Vec<u64>,
    form: u8,
    extra: Option<(String, String)>,
    space: &'static str,
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        string(),
        0..DTYPES.len(),
        prop::collection::vec(prop_oneof![8 => 1u64..5, 1 => Just(0), 1 => Just(8)], 0..4),
        any::<u8>(),
        prop::option::weighted(0.1, (string(), value())),
        space(),
    )
        .prop_map(|(name, dtype, shape, form, extra, space)| Plan {
            name,
            dtype,
            shape,
            form,
            extra,
            space,
        })
}

/// Tensors laid out one behind the other, in several forms and orders.
fn nearly_valid() -> impl Strategy<Value = Vec<u8>> {
    (
        prop::collection::vec(plan(), 0..6),
        prop::option::of(prop::collection::vec((string(), prop_oneof![9 => string(), 1 => value()]), 0..4)),
        any::<bool>(),
        (space(), space(), space()),
        any::<u8>(),
    )
        .prop_map(|(plans, metadata, reverse, (before, between, behind), odd)| {
            let mut at = 0;
            let mut members = Vec::new();
            for plan in &plans {
                let (dtype, bits) = DTYPES[plan.dtype];
                let mut shape = plan.shape.clone();
                if !(shape.iter().product::<u64>() * bits).is_multiple_of(8) && plan.form != 0 {
                    shape.push(4);
                }
                let end = at + shape.iter().product::<u64>() * bits / 8;
                let s = plan.space;
                let dims: Vec<_> = shape.iter().map(u64::to_string).collect();
                let dims = dims.join(&format!("{s},"));
                let mut fields = vec![
                    format!("\"dtype\"{s}:\"{dtype}\""),
                    format!("\"shape\":{s}[{dims}]"),
                    format!("\"data_offsets\":[{s}{at},{end}{s}]"),
                ];
                if let Some((key, value)) = &plan.extra {
                    fields.push(format!("{key}:{value}"));
                }
                if plan.form & 1 == 0 {
                    fields.reverse();
                }
                let tensor = match plan.form {
                    250 => format!("[\"{dtype}\",[{dims}],[{at},{end}]]"),
                    251 => format!("{{\"dtype\":{{\"{dtype}\":null}},\"shape\":[{dims}],\"data_offsets\":[{at},{end}]}}"),
                    252 => format!("[\"{dtype}\",[{dims}],[{at},{end}],0]"),
                    _ => format!("{{{}}}", fields.join(&format!("{s},"))),
                };
                members.push(format!("{}{s}:{tensor}", plan.name));
                at = end;
            }
            if let Some(pairs) = metadata {
                let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}:{v}")).collect();
                let at = usize::from(odd) % (members.len() + 1);
                members.insert(at, format!("\"__metadata__\":{{{}}}", pairs.join(",")));
            }
            if odd == 7 {
                members.push("\"__metadata__\":null".into());
            }
            if reverse {
                members.reverse();
            }
            let json = format!("{before}{{{}}}{behind}", members.join(&format!(",{between}")));
            let data = match odd {
                8 => at + 1,
                9 => at.saturating_sub(1),
                _ => at,
            };
            file(json, usize::try_from(data).unwrap())
        })
}

/// What a byte or a piece is replaced with.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    " ",
    "\n",
    "0",
    "9",
    "-",
    ".",
    "e",
    "null",
    "\"dtype\"",
    "\"shape\"",
    "\"data_offsets\"",
    "\"__metadata__\"",
    "\"F32\"",
    "[0,0]",
    "[]",
    "{}",
    "\u{0}",
    "é",
    "",
];

#[derive(Clone, Debug)]
struct Mutation {
    at: prop::sample::Index,
    len: usize,
    token: usize,
    fix_len: bool,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    (
        any::<prop::sample::Index>(),
        0usize..4,
        0..TOKENS.len(),
        prop::bool::weighted(0.9),
    )
        .prop_map(|(at, len, token, fix_len)| Mutation {
            at,
            len,
            token,
            fix_len,
        })
}

fn mutate(file: &mut Vec<u8>, mutation: &Mutation) {
    let header = usize::try_from(u64::from_le_bytes(*file.first_chunk().unwrap())).unwrap();
    let at = 8 + mutation.at.index(header + 1);
    let end = (at + mutation.len).min(8 + header);
    let token = TOKENS[mutation.token].as_bytes();
    file.splice(at..end, token.iter().copied());
    if mutation.fix_len {
        let header = header + token.len() - (end - at);
        file[..8].copy_from_slice(&(header as u64).to_le_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nearly_valid_files(file in nearly_valid()) {
        compare(&file);
    }

    #[test]
    fn mutated_files(mut file in nearly_valid(), mutations in prop::collection::vec(mutation(), 1..4)) {
        for mutation in &mutations {
            mutate(&mut file, mutation);
            compare(&file);
            if !mutation.fix_len {
                break;
            }
        }
    }

    #[test]
    fn any_json(json in value(), data in 0usize..9) {
        compare(&file(json, data));
    }

    #[test]
    fn any_value_as_a_tensor_or_a_field(value in value(), key in string()) {
        compare(&file(format!("{{{key}:{value}}}"), 0));
        for field in ["dtype", "shape", "data_offsets"] {
            let json = r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"more":0}}"#;
            let given = format!("\"{field}\":{value},\"was\":");
            compare(&file(json.replace(&format!("\"{field}\":"), &given), 0));
        }
        let json = r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"more":V}}"#;
        compare(&file(json.replace('V', &value), 0));
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        compare(&bytes);
        let mut framed = ((bytes.len() / 2) as u64).to_le_bytes().to_vec();
        framed.extend(&bytes);
        compare(&framed);
    }
}

#[test]
fn most_generated_files_are_accepted() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let accepted = (0..500)
        .filter(|_| compare(&nearly_valid().new_tree(&mut runner).unwrap().current()))
        .count();
    assert!((150..450).contains(&accepted), "{accepted} of 500");
}
