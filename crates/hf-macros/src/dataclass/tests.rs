use syn::parse_quote;

use super::expand;

fn error(input: &syn::DeriveInput) -> String {
    expand(input).unwrap_err().to_string()
}

#[test]
fn mistakes_are_told() {
    assert!(error(&parse_quote! { enum E { A } }).contains("works on structs"));
    assert!(error(&parse_quote! { struct S(u8); }).contains("named fields"));
    assert!(error(&parse_quote! { struct S<T> { a: T } }).contains("no generics"));
    assert!(error(&parse_quote! { struct S { a: u8 } }).contains("keeps what it does not know"));
    let unknown = parse_quote! { struct S { #[dataclass(rename = "x")] a: u8 } };
    assert!(error(&unknown).contains("expected `wire"));
    let unknown = parse_quote! { #[dataclass(tag)] struct S { a: u8 } };
    assert!(error(&unknown).contains("expected `computed"));
}

#[test]
fn a_name_belongs_to_one_field() {
    let twice = parse_quote! {
        #[dataclass(local)]
        struct S { #[dataclass(wire = "x")] a: u8, #[dataclass(wire = "x")] b: u8 }
    };
    assert!(error(&twice).contains("`x` is taken"));
    let inside = parse_quote! {
        #[dataclass(local)]
        struct S { #[dataclass(wire = "x")] a: u8, #[dataclass(wire = "x.y")] b: u8 }
    };
    assert!(error(&inside).contains("`x.y` is taken"));
    let computed = parse_quote! {
        #[dataclass(local, computed(url))]
        struct S { url: String }
    };
    assert!(error(&computed).contains("`url` is taken"));
}

#[test]
fn the_expansion_is_plain() {
    let tokens = expand(&parse_quote! {
        #[dataclass(computed(url))]
        struct S { #[dataclass(wire = "repo.name")] repo_id: String, #[dataclass(extra)] extra: Extra }
    });
    let text = tokens.unwrap().to_string();
    for part in [
        "\"repo\" => 0usize",
        "\"repoId\" => 1usize",
        "Some (\"repo.name\")",
        "self . url ()",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(syn::parse_str::<syn::File>(&text).is_ok());
}
