//! What every kind of call gets: construction, setters, options, arguments.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Definition;
use crate::docs;

/// The method on `HfApi` and the root function.
pub(super) fn constructors(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let context = definition.context;
    let method = format_ident!("{}", definition.name);
    let docs = docs::attributes(&definition.input.attrs);
    let (params, values): (Vec<_>, Vec<_>) = definition
        .params
        .iter()
        .filter(|param| param.required)
        .map(super::params::Param::positional)
        .unzip();
    let names: Vec<_> = definition
        .params
        .iter()
        .filter(|param| param.required)
        .map(|param| param.ident)
        .collect();
    let defaults = definition
        .params
        .iter()
        .filter(|param| !param.required)
        .map(|param| {
            let name = param.ident;
            let value = param.default_value();
            quote!(#name: #value)
        });
    let local = &definition.local;
    quote! {
        impl #ident {
            /// The call with its required parameters, on the default client
            /// unless [`HfApi`](crate::HfApi) makes it.
            #[must_use]
            #[allow(clippy::too_many_arguments)]
            pub fn new(#(#params),*) -> Self {
                Self {
                    #context: ::core::default::Default::default(),
                    #(#values,)*
                    #(#defaults,)*
                    #(#local: ::core::default::Default::default(),)*
                }
            }
        }

        impl crate::HfApi {
            #(#docs)*
            #[must_use = "a call does nothing until it is awaited"]
            #[allow(clippy::too_many_arguments)]
            pub fn #method(&self, #(#params),*) -> #ident {
                let mut call = #ident::new(#(#names),*);
                call.#context = crate::call::Context::on(self);
                call
            }
        }

        #(#docs)*
        ///
        /// On the default client: configuration and token come from the
        /// environment.
        #[must_use = "a call does nothing until it is awaited"]
        #[allow(clippy::too_many_arguments)]
        pub fn #method(#(#params),*) -> #ident {
            #ident::new(#(#names),*)
        }
    }
}

/// A setter for each optional parameter, and the options of every call.
pub(super) fn setters(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let context = definition.context;
    let setters = definition
        .params
        .iter()
        .filter(|p| !p.required)
        .map(|param| {
            let name = param.ident;
            let doc = &param.doc;
            let (accepts, value) = param.setter();
            quote! {
                #[doc = #doc]
                #[must_use]
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
            /// Tells of its progress there; where the client does otherwise.
            #[must_use]
            pub fn progress(
                mut self,
                sink: ::std::sync::Arc<dyn crate::transport::progress::ProgressSink>,
            ) -> Self {
                self.#context.options.progress = ::core::option::Option::Some(sink);
                self
            }
        }
    });
    quote! {
        impl #ident {
            #(#setters)*
            #progress

            /// Sends this token instead of the client's.
            #[must_use]
            pub fn token(mut self, token: impl ::core::convert::Into<crate::TokenMode>) -> Self {
                self.#context.options.token = token.into();
                self
            }

            /// Sends no token.
            #[must_use]
            pub fn anonymous(mut self) -> Self {
                self.#context.options.token = crate::TokenMode::None;
                self
            }

            /// The time each of its requests may take, answer included.
            #[must_use]
            pub fn #timeout(mut self, timeout: ::core::time::Duration) -> Self {
                self.#context.options.timeout = ::core::option::Option::Some(timeout);
                self
            }

            /// Adds a header to each of its requests.
            #[must_use]
            pub fn header(mut self, name: &str, value: &str) -> Self {
                self.#context.options.headers.push((name.to_owned(), value.to_owned()));
                self
            }
        }
    }
}

/// `SPEC`, and arguments from and to JSON.
pub(super) fn arguments(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let context = definition.context;
    let name = &definition.name;
    let doc = docs::text(&definition.input.attrs);
    let specs = definition.params.iter().map(|param| {
        let (wire, kind, doc, required) =
            (&param.wire, param.type_text(), &param.doc, param.required);
        let default = param.default_text().map_or_else(
            || quote!(::core::option::Option::None),
            |text| quote!(::core::option::Option::Some(#text)),
        );
        quote! {
            crate::call::ParamSpec {
                name: #wire, kind: #kind, doc: #doc, required: #required, default: #default,
            }
        }
    });
    let reads = definition.params.iter().map(|param| {
        let (field, wire) = (param.ident, &param.wire);
        if param.required {
            quote!(#field: args.required(#wire)?)
        } else {
            let default = param.default_value();
            quote!(#field: args.optional(#wire, || #default)?)
        }
    });
    let writes = definition.params.iter().map(|param| {
        let (field, wire) = (param.ident, &param.wire);
        quote!(crate::call::put(&mut map, #wire, &self.#field))
    });
    let local = &definition.local;
    let timeout = definition.timeout;
    let streams = definition.kind.streams();
    quote! {
        impl crate::call::Call for #ident {
            const SPEC: &'static crate::call::CallSpec = &crate::call::CallSpec {
                name: #name,
                doc: #doc,
                params: &[#(#specs),*],
                timeout: #timeout,
                streams: #streams,
            };

            fn from_args(mut args: crate::call::Args) -> crate::Result<Self> {
                Ok(Self {
                    #context: args.context(Self::SPEC)?,
                    #(#reads,)*
                    #(#local: ::core::default::Default::default(),)*
                })
            }

            fn to_args(&self) -> ::serde_json::Map<::std::string::String, ::serde_json::Value> {
                #[allow(unused_mut)]
                let mut map = self.#context.to_args(Self::SPEC);
                #(#writes;)*
                map
            }

            fn context(&self) -> &crate::call::Context {
                &self.#context
            }
        }
    }
}
