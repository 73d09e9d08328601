//! Emits the code that runs each kind of call.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident, Result};

use super::Definition;

/// The kind of a call, which determines the trait that its author implements.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// One request and its response: `SingleRequest`.
    Request,
    /// Pages of items: `Listing`.
    List,
    /// Items that are produced by code: `Streaming`.
    Stream,
    /// Arbitrary code: `Operation`.
    Operation,
}

impl Kind {
    pub(super) fn parse(ident: &Ident) -> Result<Self> {
        match ident.to_string().as_str() {
            "request" => Ok(Self::Request),
            "list" => Ok(Self::List),
            "stream" => Ok(Self::Stream),
            "operation" => Ok(Self::Operation),
            _ => Err(Error::new_spanned(
                ident,
                "expected `request`, `list`, `stream` or `operation`",
            )),
        }
    }

    pub(super) fn streams(self) -> bool {
        matches!(self, Self::List | Self::Stream)
    }
}

/// Returns the type inside the `Result` of an awaited call.
fn output(definition: &Definition<'_>) -> TokenStream {
    let returns = &definition.returns;
    if definition.kind.streams() {
        quote!(::std::vec::Vec<#returns>)
    } else {
        quote!(#returns)
    }
}

/// Emits `Call`: name, result, context; and `Items` for lists.
pub(super) fn call(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let (name, context) = (&definition.name, definition.context);
    let output = output(definition);
    let items = definition.kind.streams().then(|| {
        let item = &definition.returns;
        quote! {
            impl crate::call::Items for #ident {
                type Item = #item;
            }
        }
    });
    quote! {
        impl crate::call::Call for #ident {
            const NAME: &'static str = #name;
            type Output = #output;

            fn context(&self) -> &crate::call::Context {
                &self.#context
            }
        }

        #items
    }
}

/// Emits `send`, `wait`, `IntoFuture`; and `stream` and `iter` for lists.
pub(super) fn run(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let output = output(definition);
    let future = match definition.kind {
        Kind::Request => quote!(crate::call::run_single_request(self)),
        Kind::Operation => quote!(crate::call::run_operation(self)),
        Kind::List => quote!(crate::call::collect_listing(self)),
        Kind::Stream => quote!(crate::call::collect(self.stream())),
    };
    let stream = match definition.kind {
        Kind::List => Some(quote!(crate::call::stream_listing(self))),
        Kind::Stream => Some(quote!(crate::call::stream_operation(self))),
        _ => None,
    }
    .map(|stream| {
        let item = &definition.returns;
        quote! {
            /// Streams the items. The next page is requested while the previous
            /// items are used.
            #[must_use = "a stream does nothing until it is polled"]
            pub fn stream(self) -> crate::ItemStream<#item> {
                #stream
            }

            /// Iterates over the items, blocking this thread until the next one
            /// has arrived. See [`blocking`](crate::blocking).
            pub fn iter(self) -> crate::blocking::Iter<#item> {
                crate::blocking::iter(self.stream())
            }
        }
    });
    quote! {
        impl #ident {
            /// Returns the future of this call, for combinators and
            /// `tokio::spawn`; `.await` on the call itself does the same.
            #[must_use = "a future does nothing until it is awaited"]
            pub fn send(self) -> crate::CallFuture<#output> {
                #future
            }

            /// Makes the call and blocks this thread until its result has
            /// arrived, even inside an async runtime. See
            /// [`blocking`](crate::blocking).
            pub fn wait(self) -> crate::Result<#output> {
                crate::blocking::wait(self.send())
            }

            #stream
        }

        impl ::core::future::IntoFuture for #ident {
            type Output = crate::Result<#output>;
            type IntoFuture = crate::CallFuture<#output>;

            fn into_future(self) -> Self::IntoFuture {
                self.send()
            }
        }
    }
}
