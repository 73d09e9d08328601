#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod dataclass;

/// Serde for an answer of the Hub, near to what one would write by hand. See the [front page](crate).
#[proc_macro_derive(Dataclass, attributes(dataclass))]
pub fn dataclass(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    dataclass::expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
