//! `#[derive(Dataclass)]`: serde for the responses of the Hub. The
//! documentation of the derive lists what it accepts.

mod input;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident, LitStr, Type};

use input::{Class, Field, Keep, Target, camel_case};

/// Expands the derive into two impls, or returns an error at the wrong
/// attribute.
pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let class = Class::parse(input)?;
    let decode = class.decode();
    let encode = class.encode();
    Ok(quote! {
        const _: () = {
            use crate::dataclass as __p;
            #decode
            #encode
        };
    })
}

impl Class {
    fn encode(&self) -> TokenStream {
        let ident = &self.ident;
        if self.as_sent
            && let Keep::Raw(index) = self.keep
        {
            let raw = &self.fields[index].ident;
            return quote! {
                impl __p::Serialize for #ident {
                    fn serialize<S: __p::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                        __p::Serialize::serialize(&self.#raw, serializer)
                    }
                }
            };
        }
        let names: Vec<_> = self.fields.iter().map(|f| &f.name).collect();
        let idents = self.fields.iter().map(|f| &f.ident);
        let computed = &self.computed;
        let computed_names = computed.iter().map(|c| c.unraw().to_string());
        let count = self.fields.len() + computed.len();
        let (extra_count, extra, is_written) = match &self.keep {
            // If a value did not fit its field, it is written under the field's
            // name, so that it can be read back unchanged.
            Keep::Extra(extra) => (
                quote!(+ self.#extra.len() - self.#extra.count_of(&[#(#names),*])),
                quote! {
                    for (name, value) in self.#extra.iter() {
                        map.serialize_entry(name, value)?;
                    }
                },
                names
                    .iter()
                    .map(|name| quote!(if self.#extra.get(#name).is_none()))
                    .collect(),
            ),
            Keep::Raw(_) | Keep::Nothing => (quote!(), quote!(), vec![quote!(); names.len()]),
        };
        quote! {
            impl __p::Serialize for #ident {
                fn serialize<S: __p::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                    use __p::SerializeMap as _;
                    let mut map = serializer.serialize_map(::std::option::Option::Some(#count #extra_count))?;
                    #(#is_written { map.serialize_entry(#names, &self.#idents)?; })*
                    #(map.serialize_entry(#computed_names, &self.#computed())?;)*
                    #extra
                    map.end()
                }
            }
        }
    }

    fn decode(&self) -> TokenStream {
        let ident = &self.ident;
        let slots = self.fields.iter().map(|f| {
            let (ident, ty) = (&f.ident, f.value_type());
            quote!(#ident: ::std::option::Option<#ty>)
        });
        let fills = (0..self.nodes.len()).map(|n| self.fill(n));
        let expected = format!("an object with the fields of {}", ident.unraw());
        let finish = self.fields.iter().map(Field::finish);
        let idents: Vec<_> = self.fields.iter().map(|f| &f.ident).collect();
        let (read, keep) = match &self.keep {
            Keep::Extra(extra) => (
                quote!(__fill0(&mut slots, map)?),
                quote!(#extra: rest.into(),),
            ),
            Keep::Raw(index) => {
                let raw = &self.fields[*index].ident;
                let read = quote! {{
                    let mut seen = __p::Map::new();
                    __fill0(&mut slots, __p::Tee::new(map, &mut seen))?;
                    slots.#raw.get_or_insert(seen);
                    __p::Rest::new()
                }};
                (read, quote!())
            }
            Keep::Nothing => (quote!(__fill0(&mut slots, map)?), quote!()),
        };
        let refuse = self.strict.then(|| {
            quote! {
                if let ::std::option::Option::Some((name, raw)) = &slots.__unfit {
                    return ::std::result::Result::Ok(::std::result::Result::Err(__p::Misfit::field(name, raw)));
                }
            }
        });
        let unfit = self
            .strict
            .then(|| quote!(__unfit: ::std::option::Option<(&'static str, __p::Value)>,));
        let check = self.check();
        let after = self.after.as_ref().map(|path| {
            quote! {
                if let ::std::result::Result::Err(why) = #path(&mut this) {
                    let mut whole = __p::Map::new();
                    __p::put_back(&mut whole, "", ::std::option::Option::Some(&this));
                    let raw = whole.remove("").unwrap_or_default();
                    return ::std::result::Result::Ok(::std::result::Result::Err(__p::Misfit::new(why, raw)));
                }
            }
        });
        quote! {
            #[derive(Default)]
            struct __Slots { #(#slots,)* #unfit }
            #(#fills)*

            impl __p::Class for #ident {
                const EXPECTED: &'static str = #expected;
                fn from_members<'de, A: __p::MapAccess<'de>>(
                    map: A,
                ) -> ::std::result::Result<::std::result::Result<Self, __p::Misfit>, A::Error> {
                    let mut slots = __Slots::default();
                    #[allow(unused_variables)]
                    let rest = #read;
                    #refuse
                    #check
                    #[allow(unused_mut)]
                    let mut this = #ident { #(#idents: #finish,)* #keep };
                    #after
                    ::std::result::Result::Ok(::std::result::Result::Ok(this))
                }
            }

            impl __p::FromWire for #ident {
                fn read<'de, D: __p::Deserializer<'de>>(
                    deserializer: D,
                ) -> ::std::result::Result<__p::Read<Self>, D::Error> {
                    __p::read(deserializer)
                }
            }

            impl<'de> __p::Deserialize<'de> for #ident {
                fn deserialize<D: __p::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    __p::deserialize(deserializer)
                }
            }
        }
    }

    /// Emits a check that no required field is missing. The parsed values are
    /// reassembled for a caller that keeps them.
    fn check(&self) -> TokenStream {
        let required: Vec<_> = self.fields.iter().filter(|f| f.is_required()).collect();
        if required.is_empty() {
            return quote!();
        }
        let lacking = required.iter().map(|f| {
            let (ident, name) = (&f.ident, f.shown_name());
            quote!(if slots.#ident.is_none() { ::std::option::Option::Some(#name) })
        });
        let idents = self.fields.iter().map(|f| &f.ident);
        let names = self.fields.iter().map(|f| &f.name);
        quote! {
            let lacks = #(#lacking else)* { ::std::option::Option::None };
            if let ::std::option::Option::Some(name) = lacks {
                let mut whole = __p::Map::new();
                #(__p::put_back(&mut whole, #names, slots.#idents);)*
                for (name, value) in rest {
                    whole.insert(name.into_owned(), value);
                }
                let misfit = __p::Misfit::lacks(name, __p::Value::Object(whole));
                return ::std::result::Result::Ok(::std::result::Result::Err(misfit));
            }
        }
    }

    /// Emits the loop over the keys of one level: known keys go into their
    /// slots, objects whose members are fields one level down, and the others
    /// are kept.
    fn fill(&self, index: usize) -> TokenStream {
        let node = &self.nodes[index];
        let fill = format_ident!("__fill{index}");
        let names = node.keys.iter().map(|(name, _)| name);
        let numbers: Vec<usize> = (0..node.keys.len()).collect();
        let keeps = matches!(self.keep, Keep::Extra(_)) || index > 0;
        let actions = node.keys.iter().map(|(name, target)| match *target {
            Target::Field(field) => {
                let field = &self.fields[field];
                let ident = &field.ident;
                let (read, fallback) = (field.read(&quote!(map)), field.fallback());
                let unfit = self.keep_unfit(&field.name, name, &quote!(value.is_some()));
                quote! {{
                    let __p::Read { value, raw } = #read;
                    if let ::std::option::Option::Some(raw) = raw {
                        #unfit
                    }
                    slots.#ident = value #fallback;
                }}
            }
            Target::Ignored => quote!({
                map.next_value::<__p::IgnoredAny>()?;
            }),
            Target::Node(child) => {
                let node = format_ident!("__Node{child}");
                // If the name of the object is also that of a field, its other
                // members are kept one by one.
                let keep = if self.nodes[child].bare.is_some() {
                    let prefix = format!("{name}.");
                    quote!(rest.extend(more.into_iter().map(|(name, value)| ([#prefix, &name].concat().into(), value)));)
                } else {
                    quote! {
                        if !more.is_empty() {
                            __p::keep(&mut rest, #name.into(), __p::object(more));
                        }
                    }
                };
                let unfit = self.keep_unfit(name, name, &quote!(false));
                quote! {
                    match map.next_value_seed(__p::NodeSeed(#node(slots)))? {
                        __p::Left::Members(more) => { #keep }
                        __p::Left::Other(::std::option::Option::Some(raw)) => { #unfit }
                        __p::Left::Other(::std::option::Option::None) => {}
                    }
                }
            }
        });
        let unknown = if keeps {
            quote!(__p::Key::Other(name) => { __p::keep(&mut rest, name, map.next_value()?); })
        } else {
            quote!(__p::Key::Other(_) => { map.next_value::<__p::IgnoredAny>()?; })
        };
        let seed = (index > 0).then(|| self.node(index, &fill));
        quote! {
            #[allow(unused_variables)]
            fn #fill<'de, A: __p::MapAccess<'de>>(
                slots: &mut __Slots,
                mut map: A,
            ) -> ::std::result::Result<__p::Rest, A::Error> {
                #[allow(unused_mut)]
                let mut rest = __p::Rest::new();
                fn number(name: &str) -> ::std::option::Option<usize> {
                    ::std::option::Option::Some(match name {
                        #(#names => #numbers,)*
                        _ => return ::std::option::Option::None,
                    })
                }
                while let ::std::option::Option::Some(key) = map.next_key_seed(__p::KeySeed(number))? {
                    match key {
                        #(__p::Key::Known(#numbers) => #actions)*
                        __p::Key::Known(_) => { map.next_value::<__p::IgnoredAny>()?; }
                        #unknown
                    }
                }
                ::std::result::Result::Ok(rest)
            }
            #seed
        }
    }

    /// Emits what happens to `raw`, which does not fit a field.
    fn keep_unfit(&self, field: &str, key: &str, is_part: &TokenStream) -> TokenStream {
        if self.strict {
            quote!(slots.__unfit.get_or_insert((#field, raw));)
        } else if matches!(self.keep, Keep::Raw(_)) {
            // The complete input is kept anyway.
            quote!(::std::mem::drop(raw);)
        } else {
            quote!(__p::keep_unfit(&mut rest, #key, raw, #is_part);)
        }
    }

    /// Emits the reader of an object below the root.
    fn node(&self, index: usize, fill: &Ident) -> TokenStream {
        let name = format_ident!("__Node{index}");
        let bare = self.nodes[index].bare.map(|field| {
            let (ident, ty) = (&self.fields[field].ident, self.fields[field].value_type());
            quote! {
                fn other(self, value: __p::Value) -> ::std::option::Option<__p::Value> {
                    let __p::Read { value, raw } = <#ty as __p::FromWire>::read_value(value);
                    self.0.#ident = value;
                    raw
                }
            }
        });
        quote! {
            struct #name<'a>(&'a mut __Slots);
            impl __p::Node for #name<'_> {
                fn fill<'de, A: __p::MapAccess<'de>>(
                    self,
                    map: A,
                ) -> ::std::result::Result<__p::Rest, A::Error> {
                    #fill(self.0, map)
                }
                #bare
            }
        }
    }
}

impl Field {
    /// Returns the type of the value itself, which is the `T` of an
    /// `Option<T>`.
    fn value_type(&self) -> &Type {
        self.inner.as_ref().unwrap_or(&self.ty)
    }

    fn is_required(&self) -> bool {
        self.default.is_none() && self.inner.is_none()
    }

    /// Returns the name used in messages.
    fn shown_name(&self) -> String {
        self.wires
            .first()
            .map_or_else(|| camel_case(&self.name), LitStr::value)
    }

    /// Emits the code that reads the value of a key of this field.
    fn read(&self, map: &TokenStream) -> TokenStream {
        let ty = self.value_type();
        match (&self.decode, &self.via) {
            (Some(path), _) => quote!(#path(#map.next_value::<__p::Value>()?)),
            (None, Some(via)) => {
                quote!(#map.next_value_seed(__p::Seed::<#via>::new())?.map(<#ty>::from))
            }
            (None, None) => quote!(#map.next_value_seed(__p::Seed::<#ty>::new())?),
        }
    }

    /// Emits the value used for null and for values that do not fit.
    fn fallback(&self) -> TokenStream {
        let ty = self.value_type();
        match &self.fallback {
            Some(value) => quote!(.or_else(|| ::std::option::Option::Some(#value))),
            None if self.is_required() => quote!(.or_else(<#ty as __p::FromWire>::fallback)),
            None => quote!(),
        }
    }

    /// Emits the value of the field after all keys were read. Required fields
    /// were checked to be present.
    fn finish(&self) -> TokenStream {
        let ident = &self.ident;
        match (&self.default, &self.inner) {
            (Some(default), None) => quote!(slots.#ident.unwrap_or_else(|| #default)),
            (Some(default), Some(_)) => quote!(slots.#ident.or_else(|| #default)),
            (None, Some(_)) => quote!(slots.#ident),
            (None, None) => {
                let name = self.shown_name();
                quote! {
                    match slots.#ident {
                        ::std::option::Option::Some(value) => value,
                        ::std::option::Option::None => {
                            return ::std::result::Result::Err(<A::Error as __p::Error>::missing_field(#name));
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
