#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod call;
mod dataclass;
mod docs;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Serde for an answer of the Hub, near to what one would write by hand. See the [front page](crate).
#[proc_macro_derive(Dataclass, attributes(dataclass))]
pub fn dataclass(input: TokenStream) -> TokenStream {
    dataclass::expand(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a struct of parameters a call of the Hub: setters, the method on
/// `HfApi`, the root function, `IntoFuture`, arguments from and to JSON, and
/// the row of the registry. What the call does stays plain Rust beside the
/// struct, in the trait that `kind` names.
///
/// On the struct: `#[call(kind = request | list | stream | operation)]`, and
/// `timeout` where Python's method takes the time limit of its request.
/// On fields: `context` marks the field that holds client and options, `arg`
/// a required, positional parameter, `name = "..."` Python's name where it is
/// not snake_case, `default = expr` a default other than the type's own.
#[proc_macro_derive(Call, attributes(call))]
pub fn derive_call(input: TokenStream) -> TokenStream {
    call::expand(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
