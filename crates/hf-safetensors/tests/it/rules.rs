//! Each rule: what strict and compatible say, and that the reference agrees.

use hf_safetensors::{Header, HeaderReader, Need, Options, Rule};

use crate::support::{compare, file, reference};

/// Refused by strict for `expected`; compatible does as the reference.
fn strict_refuses(file: &[u8], compatible: bool, expected: &dyn Fn(&Rule) -> bool) {
    let error = Options::strict().tensors(file).unwrap_err();
    assert!(expected(error.rule()), "{error:?}");
    assert_eq!(compare(file), compatible, "{error}");
}

macro_rules! rules {
    ($($name:ident: $json:expr, $data:expr, $compatible:expr, $rule:pat,)*) => {
        $(
            #[test]
            fn $name() {
                strict_refuses(&file($json, $data), $compatible, &|rule| matches!(rule, $rule));
            }
        )*
    };
}

rules! {
    leading_white_space: r#" {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, true, Rule::LeadingWhitespace,
    padding_of_newlines: "{}\n", 0, true, Rule::Padding { byte: b'\n' },
    padding_of_zeros: "{}\0", 0, false, Rule::Padding { byte: 0 },
    something_behind: "{}{}", 0, false, Rule::Padding { byte: b'{' },
    byte_order_mark: "\u{feff}{}", 0, false, Rule::Json { .. },
    nothing: "", 0, false, Rule::Json { expected: "`{`" },
    an_array: "[]", 0, false, Rule::Json { .. },
    cut_off: r#"{"a":{"dtype":"U8","#, 0, false, Rule::Json { .. },
    trailing_comma: r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}"#, 1, false, Rule::Json { .. },
    missing_colon: r#"{"a" {}}"#, 0, false, Rule::Json { expected: "`:`" },
    control_character: "{\"a\nb\":{}}", 0, false, Rule::Json { .. },
    bad_escape: r#"{"\x":{}}"#, 0, false, Rule::Json { .. },
    lone_surrogate: r#"{"\ud800":{}}"#, 0, false, Rule::Json { .. },
    lone_low_surrogate: r#"{"\udc00":{}}"#, 0, false, Rule::Json { .. },
    wrong_pair: r#"{"\ud800\ud800":{}}"#, 0, false, Rule::Json { .. },
    not_utf8: b"{\"\xff\":{}}", 0, false, Rule::NotUtf8,
    two_tensors_of_a_name: r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, 1, true, Rule::DuplicateTensor,
    two_empty_tensors_of_a_name: r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}}"#, 0, true, Rule::DuplicateTensor,
    metadata_twice: r#"{"__metadata__":{},"__metadata__":{}}"#, 0, false, Rule::DuplicateMetadata,
    metadata_twice_escaped: r#"{"__metadata__":{},"__metadata\u005f_":{}}"#, 0, false, Rule::DuplicateMetadata,
    metadata_null: r#"{"__metadata__":null}"#, 0, true, Rule::MetadataNotStrings,
    metadata_null_twice: r#"{"__metadata__":null,"__metadata__":null}"#, 0, false, Rule::MetadataNotStrings,
    metadata_list: r#"{"__metadata__":[]}"#, 0, false, Rule::MetadataNotStrings,
    metadata_number: r#"{"__metadata__":{"a":1}}"#, 0, false, Rule::MetadataNotStrings,
    metadata_key_twice: r#"{"__metadata__":{"k":"1","k":"2"}}"#, 0, true, Rule::DuplicateMetadataKey { .. },
    a_number_as_tensor: r#"{"a":1}"#, 0, false, Rule::NotATensor,
    an_array_as_tensor: r#"{"a":["U8",[1],[0,1]]}"#, 1, true, Rule::NotATensor,
    a_short_array_as_tensor: r#"{"a":["U8",[1]]}"#, 1, false, Rule::NotATensor,
    a_long_array_as_tensor: r#"{"a":["U8",[1],[0,1],0]}"#, 1, false, Rule::NotATensor,
    field_twice: r#"{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, false, Rule::DuplicateField { field: "dtype" },
    field_missing: r#"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, 1, false, Rule::MissingField { field: "shape" },
    field_unknown: r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{"y":-1.5e3}]}}"#, 1, true, Rule::UnknownField { .. },
    number_out_of_range: r#"{"a":{"x":1e400,"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, false, Rule::UnknownField { .. },
    dtype_unknown: r#"{"a":{"dtype":"F7","shape":[1],"data_offsets":[0,1]}}"#, 1, false, Rule::UnknownDtype { .. },
    dtype_lower_case: r#"{"a":{"dtype":"u8","shape":[1],"data_offsets":[0,1]}}"#, 1, false, Rule::UnknownDtype { .. },
    dtype_number: r#"{"a":{"dtype":4,"shape":[1],"data_offsets":[0,1]}}"#, 1, false, Rule::UnknownDtype { .. },
    dtype_as_object: r#"{"a":{"dtype":{"U8":null},"shape":[1],"data_offsets":[0,1]}}"#, 1, true, Rule::UnknownDtype { .. },
    dtype_as_object_of_two: r#"{"a":{"dtype":{"U8":null,"I8":null},"shape":[1],"data_offsets":[0,1]}}"#, 1, false, Rule::UnknownDtype { .. },
    shape_negative: r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1, false, Rule::NotAnInteger { field: "shape" },
    shape_float: r#"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1, false, Rule::NotAnInteger { .. },
    shape_exponent: r#"{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}"#, 1, false, Rule::NotAnInteger { .. },
    shape_minus_zero: r#"{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}"#, 0, false, Rule::NotAnInteger { .. },
    shape_leading_zero: r#"{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}"#, 1, false, Rule::NotAnInteger { .. },
    shape_string: r#"{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}"#, 1, false, Rule::NotAnInteger { .. },
    shape_null: r#"{"a":{"dtype":"U8","shape":null,"data_offsets":[0,1]}}"#, 1, false, Rule::NotAnInteger { .. },
    shape_beyond_64_bits: r#"{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}}"#, 1, false, Rule::NotAnInteger { .. },
    offsets_of_one: r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1, false, Rule::OffsetCount,
    offsets_of_three: r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}"#, 1, false, Rule::OffsetCount,
    offsets_of_none: r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[]}}"#, 1, false, Rule::OffsetCount,
    hole_at_the_beginning: r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, false, Rule::Offsets { begin: 1, end: 2, expected: 0 },
    hole: r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, 3, false, Rule::Offsets { begin: 2, end: 3, expected: 1 },
    overlap: r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3, false, Rule::Offsets { begin: 1, end: 3, expected: 2 },
    backwards: r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"c":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}"#, 2, false, Rule::Offsets { begin: 2, end: 0, expected: 2 },
    shape_overflow: r#"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,1]}}"#, 1, false, Rule::ShapeOverflow { .. },
    shape_overflow_before_zero: r#"{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#, 0, false, Rule::ShapeOverflow { .. },
    bits_overflow: r#"{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}}"#, 0, false, Rule::ShapeOverflow { .. },
    half_a_byte: r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#, 1, false, Rule::NotWholeBytes { bits: 12 },
    too_short: r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, false, Rule::Size { begin: 0, end: 4, needed: 8 },
    bytes_missing: r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1, false, Rule::FileLength { .. },
    bytes_behind: r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 3, false, Rule::FileLength { .. },
    end_of_the_address_space: r#"{"a":{"dtype":"U64","shape":[0],"data_offsets":[18446744073709551615,18446744073709551615]}}"#, 0, false, Rule::Offsets { .. },
}

#[test]
fn what_both_modes_accept() {
    for (json, data) in [
        ("{}", 0),
        ("{}      ", 0),
        (r#"{"__metadata__":{}}"#, 0),
        (r#"{"":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#, 1),
        (
            r#"{"../../x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4,
        ),
        (
            r#"{ "a" : { "shape" : [ 1 , 2 ] , "data_offsets" : [ 0 , 2 ] , "dtype" : "U8" } }"#,
            2,
        ),
        (
            "{\n\t\"a\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [0, 2]}\r\n}",
            2,
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[0,9223372036854775807,9223372036854775807],"data_offsets":[0,0]}}"#,
            0,
        ),
        (
            r#"{"odd":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"f":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#,
            5,
        ),
        (
            r#"{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            2,
        ),
        (
            r#"{"\u0061\ud83d\ude00\n":{"\u0064type":"U\u0038","shape":[1],"data_offsets":[0,1]}}"#,
            1,
        ),
        (
            r#"{"F4":{"dtype":"F4","shape":[2],"data_offsets":[0,1]},"F6":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[1,4]}}"#,
            4,
        ),
    ] {
        let file = file(json, data);
        assert!(compare(&file), "{json}");
        Options::strict().tensors(&file).unwrap();
    }
}

#[test]
fn nesting_as_deep_as_serde_json_allows() {
    for (depth, accepted) in [(125, true), (126, false)] {
        let value = "[".repeat(depth) + &"]".repeat(depth);
        let json =
            format!(r#"{{"a":{{"x":{value},"dtype":"U8","shape":[0],"data_offsets":[0,0]}}}}"#);
        assert_eq!(compare(&file(json, 0)), accepted, "{depth}");
    }
}

#[test]
fn lengths_in_front() {
    let good = file("{}", 0);
    for (prefix, rest, expected) in [
        (&[][..], "", "too short"),
        (&[2, 0, 0, 0, 0, 0, 0][..], "", "7 bytes are too short"),
        (
            &100_000_001u64.to_le_bytes()[..],
            "{}",
            "more than the limit of 100000000",
        ),
        (&u64::MAX.to_le_bytes()[..], "{}", "more than the limit"),
        (
            &3u64.to_le_bytes()[..],
            "{}",
            "the header ends at byte 11, but there are only 10 bytes",
        ),
    ] {
        let mut file = prefix.to_vec();
        file.extend(rest.as_bytes());
        let error = Options::strict().tensors(&file).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!compare(&file));
    }
    assert!(compare(&good));
    let small = Options::strict().max_header_len(1);
    assert_eq!(
        small.parse(&good).unwrap_err().rule(),
        &Rule::HeaderTooLarge { len: 2, limit: 1 }
    );
    assert!(small.max_header_len(u64::MAX).parse(&good).is_ok());
}

#[test]
fn an_error_names_tensor_rule_and_place() {
    let json = r#"{"a.weight":{"dtype":"F32","shape":[2,x],"data_offsets":[0,8]}}"#;
    let error = Header::parse(&file(json, 0)).unwrap_err();
    assert_eq!(error.tensor(), Some("a.weight"));
    assert_eq!(error.position(), Some(8 + json.find('x').unwrap() as u64));
    assert_eq!(
        error.to_string(),
        "tensor \"a.weight\": `shape` must be an array of integers from 0 that fit the machine, at byte 46 of the file"
    );
    let json = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#;
    assert_eq!(
        Header::parse(&file(json, 3)).unwrap_err().to_string(),
        "tensor \"b\": data_offsets [2, 3] must begin at 1, where the data before ends, and end not before"
    );
}

#[test]
fn of_two_tensors_the_last_counts_in_compatible_mode() {
    let json = r#"{"a":{"dtype":"F64","shape":[9],"data_offsets":[4,5]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    let file = file(json, 2);
    assert!(compare(&file));
    assert_eq!(reference(&file).unwrap().tensors().len(), 2);
    let error = Header::parse(&file).unwrap_err();
    assert!(
        matches!(error.rule(), Rule::DuplicateTensor | Rule::Offsets { .. }),
        "{error}"
    );
}

#[test]
fn unknown_dtypes_are_kept_for_metadata_and_refused_for_access() {
    let json = r#"{"a":{"dtype":"F2_NEW","shape":[16],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}"#;
    let file = file(json, 5);
    assert!(Options::compatible().parse(&file).is_err());
    let tensors = Options::metadata().tensors(&file).unwrap();
    let entry = tensors.header().tensor("a").unwrap();
    assert_eq!((entry.dtype(), entry.dtype_name()), (None, "F2_NEW"));
    assert_eq!(entry.parameter_count(), 16);
    let error = tensors.tensor("a").unwrap_err();
    assert_eq!(
        error.rule(),
        &Rule::UnknownDtype {
            found: "\"F2_NEW\"".into()
        }
    );
    assert!(entry.slice([..]).is_err());
    assert_eq!(tensors.tensor("b").unwrap().data(), [4]);
}

#[test]
fn headers_in_pieces_of_every_size() {
    let json = r#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}   "#;
    let file = file(json, 3);
    for size in 1..file.len() {
        let mut reader = HeaderReader::new(Options::strict());
        let mut used = 0;
        let mut needed = vec![];
        for piece in file.chunks(size) {
            if let Need::Bytes(bytes) = reader.need() {
                needed.push(bytes);
            }
            used += reader.feed(piece).unwrap();
        }
        assert_eq!(needed[0], 8);
        assert_eq!(reader.need(), Need::Nothing);
        assert_eq!(used, 8 + json.len());
        assert_eq!(reader.data_start(), Some(used as u64));
        assert_eq!(reader.finish().unwrap().tensor("a").unwrap().byte_len(), 3);
    }
    let mut reader = HeaderReader::new(Options::strict());
    reader.feed(&file[..20]).unwrap();
    assert_eq!(reader.need(), Need::Bytes(json.len() as u64 - 12));
    let error = reader.finish().unwrap_err();
    assert_eq!(
        error.rule(),
        &Rule::HeaderTruncated {
            need: 8 + json.len() as u64,
            have: 20
        }
    );
    let mut reader = HeaderReader::new(Options::strict());
    assert!(reader.feed(&[255; 9]).is_err());
    assert!(reader.feed(&[255; 9]).is_err());
}

#[test]
fn numbers_in_the_metadata_are_read_as_text_where_the_reference_would_refuse_them() {
    let json = r#"{"__metadata__":{"step":1200,"loss":-1.5e-3,"done":true,"format":"pt"}}"#;
    let options = Options::compatible();
    let header = options.parse_json(json.as_bytes()).unwrap();
    let mut found: Vec<_> = header.metadata().collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("done", "true"),
            ("format", "pt"),
            ("loss", "-1.5e-3"),
            ("step", "1200")
        ]
    );
    assert!(Options::metadata().parse_json(json.as_bytes()).is_ok());
    assert!(reference(&file(json, 0)).is_none());
    for refused in [options.scalar_metadata(false), Options::strict()] {
        let error = refused.parse_json(json.as_bytes()).unwrap_err();
        assert!(matches!(error.rule(), Rule::MetadataNotStrings), "{error}");
    }
    for other in ["null", "[1]", "{}", "01", "1.", "tru", "1e999"] {
        let json = format!(r#"{{"__metadata__":{{"a":{other}}}}}"#);
        assert!(options.parse_json(json.as_bytes()).is_err(), "{json}");
    }
}
