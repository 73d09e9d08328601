#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod call;
mod dataclass;
mod docs;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives serde for a response of the Hub. The code is close to what one would
/// write by hand: one pass over the text, without buffering.
///
/// A field is read from its wire names, its name in camel case, and its own
/// name. It is written under its own name, which is that of the attribute in
/// Python. `Option` fields may be missing; the others are required. Unknown
/// keys are kept.
///
/// Attributes of fields:
///
/// - `wire = "name"`: a name that the Hub uses; may be repeated. `"a.b"` is the
///   member `b` of the object `a`.
/// - `default` or `default = expr`: the value if the key is missing or null.
/// - `fallback = expr`: the value if the key is null or does not fit; a missing
///   key is still an error.
/// - `decode = function`: parses the field from its JSON value.
/// - `via = Type`: parses the field as this type and converts it.
/// - `extra`: the field that keeps unknown keys; or
/// - `raw`: the field that keeps the complete response as it was received.
///
/// Attributes of the struct:
///
/// - `computed(method, ...)`: methods that are written like fields, and ignored
///   when reading.
/// - `after = function`: called with the parsed value; its `Display` error
///   becomes the error of the whole.
/// - `local`: the type is created locally, not by the Hub, so there is nothing
///   else to keep.
/// - `strict`: the input may come from a user, so a value that does not fit its
///   field is an error.
/// - `as_sent`: the value is written as it was received, from the `raw` field.
#[proc_macro_derive(Dataclass, attributes(dataclass))]
pub fn dataclass(input: TokenStream) -> TokenStream {
    dataclass::expand(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Derives a call of the Hub from a struct of parameters: a constructor, a
/// setter for each optional parameter, the method on `HfApi`, the free
/// function, `IntoFuture`, `send`, `wait` and `stream`, and, with the feature
/// `by-name`, the conversion from and to JSON arguments and the entry in the
/// registry. The behaviour of the call is plain Rust beside the struct, in an
/// implementation of the trait that `kind` names.
///
/// Attributes of the struct:
///
/// - `kind = request | list | stream | operation`: the trait that the author
///   implements (`SingleRequest`, `Listing`, `Streaming`, `Operation`).
/// - `returns = Type` for a request or an operation, `item = Type` for a list
///   or a stream: the result of the call.
/// - `timeout`: Python's method has the parameter `timeout`, so the call by
///   name has it as well.
/// - `progress`: the call transfers files and reports progress.
/// - `dry_run`: the call implements `Plan`; it has the method `dry_run`, and by
///   name the parameter `dry_run`.
///
/// Attributes of fields:
///
/// - `context`: the field that holds the client and the options.
/// - `arg`: a required, positional parameter.
/// - `name = "..."`: the name in Python, if it differs from that of the field.
/// - `default = expr`: a default other than that of the type.
/// - `rust_only`: an option without a JSON form, whose setters are written by
///   hand.
///
/// The method on `HfApi` is emitted as a macro of the same name, so that each
/// file collects its methods in one documented `impl HfApi` block.
#[proc_macro_derive(Call, attributes(call))]
pub fn derive_call(input: TokenStream) -> TokenStream {
    call::expand(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
