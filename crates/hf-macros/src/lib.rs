#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod call;
mod dataclass;
mod docs;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Serde for an answer of the Hub, near to what one would write by hand: one
/// pass over the text, nothing buffered.
///
/// A field is read from its wire names, its name in camel case, and its own
/// name; it is written under its own name, as Python's attribute. `Option`
/// fields may be missing; other ones are required. What has no field is kept.
///
/// On fields:
///
/// - `wire = "name"`: a name that the Hub uses; may be repeated. `"a.b"` is
///   the member `b` of the object `a`.
/// - `default` or `default = expr`: the value where it is missing or null.
/// - `decode = function`: reads the value, given the deserializer.
/// - `extra`: the field that keeps what has no other; or
/// - `raw`: the field that keeps the whole answer as it was sent.
///
/// On the struct:
///
/// - `computed(method, ...)`: methods that are written like fields, and
///   skipped when reading.
/// - `after = function`: called with the value once it was read; a `Display`
///   error of it is the error of the whole.
/// - `local`: made here, not by the Hub: there is nothing else to keep.
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
/// `timeout` where Python's method takes the time limit of its request;
/// `progress` where it moves files, and so tells of progress.
/// On fields: `context` marks the field that holds client and options, `arg`
/// a required, positional parameter, `name = "..."` Python's name where it is
/// not snake_case, `default = expr` a default other than the type's own,
/// `local` what has no JSON and a setter written by hand: no parameter.
#[proc_macro_derive(Call, attributes(call))]
pub fn derive_call(input: TokenStream) -> TokenStream {
    call::expand(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
