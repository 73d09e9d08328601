//! Emits the call by name: its description, the conversion of its arguments
//! from and to JSON, and its entry in the registry. All of this requires the
//! feature `by-name`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::Definition;
use super::kinds::Kind;
use super::params::Param;
use crate::docs;

pub(super) fn by_name(definition: &Definition<'_>) -> TokenStream {
    let arguments = arguments(definition);
    let entry = entry(definition);
    quote! {
        #[cfg(feature = "by-name")]
        const _: () = {
            #arguments
            #entry
        };
    }
}

/// Emits `ByName`: `SPEC`, `from_args`, `to_args`.
fn arguments(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let context = definition.context;
    let name = &definition.name;
    let doc = docs::text(&definition.input.attrs);
    let specs = definition.params.iter().map(spec);
    let dry_run = definition.dry_run.then(|| {
        quote! {
            crate::by_name::ParamSpec {
                name: "dry_run", kind: "boolean", required: false,
                doc: "Whether to return what the call would do, without doing it.",
                default: ::core::option::Option::Some("false"),
            }
        }
    });
    // Not with the span of a type, which may come from another macro and would not name the same variable.
    let args = quote!(args);
    let reads = definition.params.iter().map(|param| {
        let (field, wire) = (param.ident, &param.wire);
        // A type without a JSON form is reported at the field.
        if param.required {
            quote_spanned!(param.ty.span()=> #field: #args.required(#wire)?)
        } else {
            let default = param.default_value();
            quote_spanned!(param.ty.span()=> #field: #args.optional(#wire, || #default)?)
        }
    });
    let writes = definition.params.iter().map(|param| {
        let (field, wire) = (param.ident, &param.wire);
        quote!(crate::by_name::put(&mut map, #wire, &self.#field))
    });
    let rust_only = &definition.rust_only;
    let timeout = definition.timeout;
    let streams = definition.kind.streams();
    quote! {
        impl crate::by_name::ByName for #ident {
            const SPEC: &'static crate::by_name::CallSpec = &crate::by_name::CallSpec {
                name: #name,
                doc: #doc,
                params: &[#(#specs,)* #dry_run],
                timeout: #timeout,
                streams: #streams,
            };

            fn from_args(mut args: crate::by_name::Args) -> crate::Result<Self> {
                Ok(Self {
                    #context: args.context(Self::SPEC)?,
                    #(#reads,)*
                    #(#rust_only: ::core::default::Default::default(),)*
                })
            }

            fn to_args(&self) -> ::serde_json::Map<::std::string::String, ::serde_json::Value> {
                #[allow(unused_mut)]
                let mut map = crate::by_name::options_to_args(&self.#context, Self::SPEC);
                #(#writes;)*
                map
            }
        }
    }
}

fn spec(param: &Param<'_>) -> TokenStream {
    let (wire, kind, doc, required) = (&param.wire, param.type_text(), &param.doc, param.required);
    let default = param.default_text().map_or_else(
        || quote!(::core::option::Option::None),
        |text| quote!(::core::option::Option::Some(#text)),
    );
    quote! {
        crate::by_name::ParamSpec {
            name: #wire, kind: #kind, doc: #doc, required: #required, default: #default,
        }
    }
}

/// Emits the registry entry of the call.
fn entry(definition: &Definition<'_>) -> TokenStream {
    let ident = &definition.input.ident;
    let stream = if definition.kind.streams() {
        quote!(::core::option::Option::Some(|args| {
            let call = <#ident as crate::by_name::ByName>::from_args(args)?;
            Ok(crate::by_name::stream_to_json(call.stream()))
        }))
    } else {
        quote!(::core::option::Option::None)
    };
    let future_size = if definition.kind == Kind::Operation {
        quote!(|| crate::call::size_of_returned(<#ident as crate::call::Operation>::run))
    } else {
        quote!(|| 0)
    };
    let run = if definition.dry_run {
        quote!(|mut args| {
            let dry_run = args.optional("dry_run", || false);
            let call = <#ident as crate::by_name::ByName>::from_args(args);
            match (dry_run, call) {
                (Ok(false), Ok(call)) => crate::by_name::to_json(call.send()),
                (Ok(true), Ok(call)) => crate::by_name::to_json(call.dry_run().send()),
                (Err(error), _) | (_, Err(error)) => crate::call::failed(error),
            }
        })
    } else {
        quote!(
            |args| match <#ident as crate::by_name::ByName>::from_args(args) {
                Ok(call) => crate::by_name::to_json(call.send()),
                Err(error) => crate::call::failed(error),
            }
        )
    };
    quote! {
        ::inventory::submit! {
            crate::by_name::Entry {
                spec: <#ident as crate::by_name::ByName>::SPEC,
                run: #run,
                stream: #stream,
                #[cfg(test)]
                future_size: #future_size,
            }
        }
    }
}
