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
/// - `fallback = expr`: the value where it is null or does not fit; a missing one is an error still.
/// - `decode = function`: reads the field from its JSON value.
/// - `via = Type`: reads the field as this type, and converts it.
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
/// - `strict`: may come from a user, so that a field that does not fit is an error.
/// - `as_sent`: written as it was read, which the `raw` field holds.
#[proc_macro_derive(Dataclass, attributes(dataclass))]
pub fn dataclass(input: TokenStream) -> TokenStream {
    dataclass::expand(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Turns a struct of parameters into a call of the Hub: a constructor, a setter
/// for each optional parameter, the method on `HfApi`, the free function,
/// `IntoFuture`, `send`, `wait` and `stream`, and, with the feature `by-name`,
/// the conversion from and to JSON arguments and the row of the registry. What
/// the call does stays plain Rust beside the struct, in the trait that `kind`
/// names.
///
/// On the struct:
///
/// - `kind = request | list | stream | operation`: the trait that the author
///   implements (`Endpoint`, `Listing`, `Streaming`, `Operation`).
/// - `returns = Type` for a request or an operation, `item = Type` for a list or
///   a stream: what the call returns.
/// - `timeout`: Python's method has the parameter `timeout`, so that it is one by
///   name as well.
/// - `progress`: the call moves files and reports progress.
/// - `dry_run`: the call implements `Plan`; it gets the method `dry_run`, and by
///   name the parameter of that name.
///
/// On fields:
///
/// - `context`: the field that holds client and options.
/// - `arg`: a required, positional parameter.
/// - `name = "..."`: Python's name where it is not that of the field.
/// - `default = expr`: a default other than the type's own.
/// - `rust_only`: an option without JSON form, whose setters are written by hand.
///
/// The method on `HfApi` is emitted as a macro of the same name, so that each
/// file collects its methods in one documented `impl HfApi` block.
#[proc_macro_derive(Call, attributes(call))]
pub fn derive_call(input: TokenStream) -> TokenStream {
    call::expand(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
