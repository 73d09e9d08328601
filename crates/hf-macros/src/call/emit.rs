//! Emits the parts that every kind of call has: constructors, setters, options.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned as _;

use super::Definition;
use crate::docs;

/// Emits `new`, the method on `HfApi` (as a macro), and the free function.
pub(super) fn constructors(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let context = definition.context;
    let method = format_ident!("{}", definition.name);
    let doc = with_arguments(
        with_result(
            &docs::text(&definition.input.attrs),
            &definition.returns,
            definition.kind.streams(),
        ),
        definition,
    );
    let function_doc = format!(
        "{doc}\n\nMade on the default client: configuration and token come from the environment."
    );
    let required = || definition.params.iter().filter(|param| param.required);
    let (params, values): (Vec<_>, Vec<_>) =
        required().map(super::params::Param::positional).unzip();
    let names: Vec<_> = required().map(|param| param.ident).collect();
    let defaults = definition
        .params
        .iter()
        .filter(|param| !param.required)
        .map(|param| {
            let name = param.ident;
            let value = param.default_value();
            quote!(#name: #value)
        });
    let rust_only = &definition.rust_only;
    quote! {
        impl #ident {
            /// Creates the call with its required parameters, on the default
            /// client. [`HfApi`](crate::HfApi) has a method that creates it on
            /// a specific client.
            #[must_use]
            #[allow(clippy::too_many_arguments)]
            pub fn new(#(#params),*) -> Self {
                Self {
                    #context: ::core::default::Default::default(),
                    #(#values,)*
                    #(#defaults,)*
                    #(#rust_only: ::core::default::Default::default(),)*
                }
            }
        }

        // The `impl HfApi` block of the file invokes the macro.
        macro_rules! #method {
            () => {
                #[doc = #doc]
                #[must_use = "a call does nothing until it is awaited"]
                #[allow(clippy::too_many_arguments)]
                pub fn #method(&self, #(#params),*) -> #ident {
                    let mut call = #ident::new(#(#names),*);
                    call.#context = crate::call::Context::on(self);
                    call
                }
            };
        }

        #[doc = #function_doc]
        #[must_use = "a call does nothing until it is awaited"]
        #[allow(clippy::too_many_arguments)]
        pub fn #method(#(#params),*) -> #ident {
            #ident::new(#(#names),*)
        }
    }
}

/// Returns the documentation, with a second paragraph about the result of the
/// call.
fn with_result(doc: &str, returns: &Type, list: bool) -> String {
    let ty = linked(returns);
    let returned = if list {
        format!("Returns <code>Vec&lt;{ty}&gt;</code> when awaited, or streams the items.")
    } else {
        format!("Returns <code>{ty}</code>.")
    };
    match doc.split_once("\n\n") {
        Some((summary, rest)) => format!("{summary}\n\n{returned}\n\n{rest}"),
        None => format!("{doc}\n\n{returned}"),
    }
}

/// Returns the documentation with a list of the required arguments, which have no setter to document them, before
/// the errors.
fn with_arguments(doc: String, definition: &Definition<'_>) -> String {
    let mut arguments = String::new();
    for param in definition.params.iter().filter(|param| param.required) {
        let text = lower_first(&param.doc).replace('\n', "\n  ");
        arguments.extend(["\n- `", &param.ident.to_string(), "`: ", &text]);
    }
    if arguments.is_empty() {
        return doc;
    }
    let section = format!("\n\n# Arguments{arguments}");
    match doc.split_once("\n\n# Errors") {
        Some((before, errors)) => format!("{before}{section}\n\n# Errors{errors}"),
        None => doc + &section,
    }
}

/// Returns the documentation of a setter. That of its parameter, as shown in help, is a noun phrase or begins with
/// "Whether".
fn setter_doc(param: &str) -> String {
    format!("Sets {}", lower_first(param))
}

/// Returns the text with a lower-case first letter, unless it begins with a name in capitals.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// Returns the type as HTML, with links to the types that it consists of.
fn linked(ty: &Type) -> String {
    let mut text = String::new();
    for token in ty.to_token_stream() {
        push_linked(&mut text, token);
    }
    text
}

fn push_linked(text: &mut String, token: TokenTree) {
    match token {
        TokenTree::Ident(name) => {
            let name = name.to_string();
            if name.starts_with(char::is_uppercase) {
                text.extend(["[", name.as_str(), "]"]);
            } else {
                text.push_str(&name);
            }
        }
        TokenTree::Group(group) => {
            text.push('(');
            for token in group.stream() {
                push_linked(text, token);
            }
            text.push(')');
        }
        TokenTree::Punct(mark) => match mark.as_char() {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            ',' => text.push_str(", "),
            mark => text.push(mark),
        },
        TokenTree::Literal(literal) => text.push_str(&literal.to_string()),
    }
}

/// Emits a setter for each optional parameter, and the options that every call
/// has.
pub(super) fn setters(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let context = definition.context;
    let setters = definition
        .params
        .iter()
        .filter(|p| !p.required)
        .map(|param| {
            let name = param.ident;
            let doc = setter_doc(&param.doc);
            let (accepts, value) = param.setter();
            // An error in a conversion is reported at the field.
            quote_spanned! {param.ty.span()=>
                #[doc = #doc]
                #[must_use]
                #[allow(clippy::should_implement_trait)]
                pub fn #name(mut self, value: #accepts) -> Self {
                    self.#name = #value;
                    self
                }
            }
        });
    let timeout = if definition.has_param("timeout") {
        format_ident!("request_timeout")
    } else {
        format_ident!("timeout")
    };
    let progress = definition.progress.then(|| {
        quote! {
            /// Sets the progress sink of this call; defaults to the client's.
            #[must_use]
            pub fn progress(
                mut self,
                sink: ::std::sync::Arc<dyn crate::transport::progress::ProgressSink>,
            ) -> Self {
                self.#context.set_progress(sink);
                self
            }

            /// Calls `f` with each progress event of this call; defaults to
            /// the client's sink.
            #[must_use]
            pub fn on_progress(
                mut self,
                f: impl Fn(&crate::transport::progress::ProgressEvent<'_>)
                    + ::core::marker::Send + ::core::marker::Sync + 'static,
            ) -> Self {
                self.#context.set_progress(::std::sync::Arc::new(f));
                self
            }
        }
    });
    let dry_run = definition.dry_run.then(|| {
        quote! {
            /// Returns the dry run of this call, which reports what the call
            /// would do and changes nothing.
            pub fn dry_run(self) -> crate::call::DryRun<Self> {
                crate::call::DryRun::new(self)
            }
        }
    });
    quote! {
        impl #ident {
            #(#setters)*
            #progress
            #dry_run

            /// Sends this token instead of the client's.
            #[must_use]
            pub fn token(mut self, token: impl ::core::convert::Into<crate::call::TokenArg>) -> Self {
                self.#context.set_token(token.into());
                self
            }

            /// Sends no token.
            #[must_use]
            pub fn anonymous(mut self) -> Self {
                self.#context.set_token(crate::TokenMode::None.into());
                self
            }

            /// Limits the duration of each request of this call, including the
            /// response body; defaults to the client's limit.
            #[must_use]
            pub fn #timeout(mut self, timeout: ::core::time::Duration) -> Self {
                self.#context.set_timeout(timeout);
                self
            }

            /// Adds a header to each request of this call.
            #[must_use]
            pub fn header(mut self, name: &str, value: &str) -> Self {
                self.#context.add_header(name, value);
                self
            }
        }
    }
}
