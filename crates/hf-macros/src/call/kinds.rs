//! How each kind of call runs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident, Result};

use super::Definition;

/// What a call is made of, and so which trait its author implements.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// One request and its answer: `Endpoint`.
    Request,
    /// Pages of items: `Listing`.
    List,
    /// Items as they come, by code: `Streaming`.
    Stream,
    /// Code: `Operation`.
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

/// `IntoFuture`, `wait`, and `stream` where there is one.
pub(super) fn run(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let (output, future) = match definition.kind {
        Kind::Request => (
            quote!(<#ident as crate::call::Endpoint>::Output),
            quote!(crate::call::run_endpoint(self)),
        ),
        Kind::Operation => (
            quote!(<#ident as crate::call::Operation>::Output),
            quote!(crate::call::run_operation(self)),
        ),
        Kind::List => (
            quote!(::std::vec::Vec<<#ident as crate::call::Listing>::Item>),
            quote!(crate::call::collect_listing(self)),
        ),
        Kind::Stream => (
            quote!(::std::vec::Vec<<#ident as crate::call::Streaming>::Item>),
            quote!(crate::call::collect(self.stream())),
        ),
    };
    let stream = match definition.kind {
        Kind::List => Some((
            quote!(<#ident as crate::call::Listing>::Item),
            quote!(crate::call::stream_listing(self)),
        )),
        Kind::Stream => Some((
            quote!(<#ident as crate::call::Streaming>::Item),
            quote!(crate::call::stream_operation(self)),
        )),
        _ => None,
    }
    .map(|(item, stream)| {
        quote! {
            /// The items as they come: pages are fetched while the items
            /// before them are used.
            #[must_use = "a stream does nothing until it is polled"]
            pub fn stream(self) -> crate::ItemStream<#item> {
                #stream
            }

            /// The items as they come, in a thread that may block.
            pub fn iter(self) -> crate::blocking::Iter<#item> {
                crate::blocking::iter(self.stream())
            }
        }
    });
    quote! {
        impl ::core::future::IntoFuture for #ident {
            type Output = crate::Result<#output>;
            type IntoFuture = crate::CallFuture<#output>;

            fn into_future(self) -> Self::IntoFuture {
                #future
            }
        }

        impl #ident {
            /// Sends the call and blocks this thread until its result is
            /// there, also inside an async runtime.
            pub fn wait(self) -> crate::Result<#output> {
                crate::blocking::wait(::core::future::IntoFuture::into_future(self))
            }

            #stream
        }
    }
}

/// The row by which the call is found by name.
pub(super) fn registry(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let stream = if definition.kind.streams() {
        quote!(::core::option::Option::Some(|args| {
            let call = <#ident as crate::call::Call>::from_args(args)?;
            Ok(crate::call::stream_to_json(call.stream()))
        }))
    } else {
        quote!(::core::option::Option::None)
    };
    quote! {
        ::inventory::submit! {
            crate::call::Entry {
                spec: <#ident as crate::call::Call>::SPEC,
                run: |args| match <#ident as crate::call::Call>::from_args(args) {
                    Ok(call) => crate::call::to_json(::core::future::IntoFuture::into_future(call)),
                    Err(error) => crate::call::failed(error),
                },
                stream: #stream,
            }
        }
    }
}
