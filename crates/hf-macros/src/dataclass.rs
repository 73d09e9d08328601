//! `#[derive(Dataclass)]`: serde for the answers of the Hub. See the crate's front page for what it accepts.

mod input;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident, LitStr};

use input::{Class, Field, Keep, Target, camel_case};

/// The derive: input in, two impls out, or an error at the attribute that is wrong.
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
        let names = self.fields.iter().map(|f| &f.name);
        let idents = self.fields.iter().map(|f| &f.ident);
        let computed = &self.computed;
        let computed_names = computed.iter().map(|c| c.unraw().to_string());
        let count = self.fields.len() + computed.len();
        let (extra_count, extra) = match &self.keep {
            Keep::Extra(extra) => (
                quote!(+ self.#extra.len()),
                quote! {
                    for (name, value) in self.#extra.iter() {
                        map.serialize_entry(name, value)?;
                    }
                },
            ),
            Keep::Raw(_) | Keep::Nothing => (quote!(), quote!()),
        };
        quote! {
            impl __p::Serialize for #ident {
                fn serialize<S: __p::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                    use __p::SerializeMap as _;
                    let mut map = serializer.serialize_map(::std::option::Option::Some(#count #extra_count))?;
                    #(map.serialize_entry(#names, &self.#idents)?;)*
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
            let (ident, ty) = (&f.ident, &f.ty);
            quote!(#ident: ::std::option::Option<#ty>)
        });
        let wrappers = self.fields.iter().filter_map(Field::wrapper);
        let fills = (0..self.nodes.len()).map(|n| self.fill(n));
        let expected = format!("an object with the fields of {}", ident.unraw());
        let finish = self.fields.iter().map(Field::finish);
        let idents: Vec<_> = self.fields.iter().map(|f| &f.ident).collect();
        let (read, keep) = match &self.keep {
            Keep::Extra(extra) => (
                quote!(let rest = __fill0(&mut slots, map)?;),
                quote!(#extra: rest.into(),),
            ),
            Keep::Raw(index) => {
                let raw = &self.fields[*index].ident;
                let read = quote! {
                    let mut seen = __p::Map::new();
                    __fill0(&mut slots, __p::Tee::new(map, &mut seen))?;
                    slots.#raw.get_or_insert(seen);
                };
                (read, quote!())
            }
            Keep::Nothing => (quote!(__fill0(&mut slots, map)?;), quote!()),
        };
        let after = self
            .after
            .as_ref()
            .map(|path| quote!(#path(&mut this).map_err(<A::Error as __p::Error>::custom)?;));
        quote! {
            #[derive(Default)]
            struct __Slots { #(#slots,)* }
            #(#wrappers)*
            #(#fills)*

            struct __Visitor;
            impl<'de> __p::Visitor<'de> for __Visitor {
                type Value = #ident;
                fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(#expected)
                }
                fn visit_map<A: __p::MapAccess<'de>>(self, map: A) -> ::std::result::Result<#ident, A::Error> {
                    let mut slots = __Slots::default();
                    #read
                    #[allow(unused_mut)]
                    let mut this = #ident { #(#idents: #finish,)* #keep };
                    #after
                    ::std::result::Result::Ok(this)
                }
            }

            impl<'de> __p::Deserialize<'de> for #ident {
                fn deserialize<D: __p::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    deserializer.deserialize_map(__Visitor)
                }
            }
        }
    }

    /// The loop over one level's keys: known ones into their slots, objects of ours one level down, the rest kept.
    fn fill(&self, index: usize) -> TokenStream {
        let node = &self.nodes[index];
        let fill = format_ident!("__fill{index}");
        let names = node.keys.iter().map(|(name, _)| name);
        let numbers: Vec<usize> = (0..node.keys.len()).collect();
        let keeps = matches!(self.keep, Keep::Extra(_)) || index > 0;
        let actions = node.keys.iter().map(|(name, target)| match *target {
            Target::Field(field) => self.fields[field].store(),
            Target::Ignored => quote!({
                map.next_value::<__p::IgnoredAny>()?;
            }),
            Target::Node(child) => {
                let seed = format_ident!("__Node{child}");
                // Where the object's name is a field's own as well, its other members are kept one by one.
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
                quote! {{
                    let more = map.next_value_seed(#seed(slots))?;
                    #keep
                }}
            }
        });
        let unknown = if keeps {
            quote!(__p::Key::Other(name) => { __p::keep(&mut rest, name, map.next_value()?); })
        } else {
            quote!(__p::Key::Other(_) => { map.next_value::<__p::IgnoredAny>()?; })
        };
        let seed = (index > 0).then(|| self.seed(index, &fill));
        quote! {
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

    /// The reader of an object below the root.
    fn seed(&self, index: usize, fill: &Ident) -> TokenStream {
        let name = format_ident!("__Node{index}");
        let bare = self.nodes[index].bare.map(|field| {
            let field = &self.fields[field];
            let ident = &field.ident;
            let ty = field.inner.as_ref().unwrap_or(&field.ty);
            let value = if field.inner.is_some() {
                quote!(::std::option::Option::Some(value))
            } else {
                quote!(value)
            };
            quote! {
                fn visit_seq<A: __p::SeqAccess<'de>>(self, seq: A) -> ::std::result::Result<Self::Value, A::Error> {
                    let value = <#ty as __p::Deserialize>::deserialize(__p::SeqAccessDeserializer::new(seq))?;
                    self.0.#ident = ::std::option::Option::Some(#value);
                    ::std::result::Result::Ok(__p::Rest::new())
                }
                fn visit_str<E: __p::Error>(self, text: &str) -> ::std::result::Result<Self::Value, E> {
                    let value = <#ty as __p::Deserialize>::deserialize(__p::StrDeserializer::new(text))?;
                    self.0.#ident = ::std::option::Option::Some(#value);
                    ::std::result::Result::Ok(__p::Rest::new())
                }
            }
        });
        quote! {
            struct #name<'a>(&'a mut __Slots);
            impl<'de> __p::DeserializeSeed<'de> for #name<'_> {
                type Value = __p::Rest;
                fn deserialize<D: __p::Deserializer<'de>>(self, deserializer: D) -> ::std::result::Result<Self::Value, D::Error> {
                    deserializer.deserialize_any(self)
                }
            }
            impl<'de> __p::Visitor<'de> for #name<'_> {
                type Value = __p::Rest;
                fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str("an object or null")
                }
                fn visit_unit<E>(self) -> ::std::result::Result<Self::Value, E> {
                    ::std::result::Result::Ok(__p::Rest::new())
                }
                fn visit_map<A: __p::MapAccess<'de>>(self, map: A) -> ::std::result::Result<Self::Value, A::Error> {
                    #fill(self.0, map)
                }
                #bare
            }
        }
    }
}

impl Field {
    /// A type that decodes by the field's own function.
    fn wrapper(&self) -> Option<TokenStream> {
        let path = self.decode.as_ref()?;
        let (name, ty) = (self.wrapper_name(), &self.ty);
        Some(quote! {
            #[allow(non_camel_case_types)]
            struct #name(#ty);
            impl<'de> __p::Deserialize<'de> for #name {
                fn deserialize<D: __p::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    #path(deserializer).map(Self)
                }
            }
        })
    }

    fn wrapper_name(&self) -> Ident {
        format_ident!("__Decode_{}", self.name)
    }

    /// Reads the value of a key of this field.
    fn store(&self) -> TokenStream {
        let (ident, ty) = (&self.ident, &self.ty);
        let value = if self.decode.is_some() {
            let wrapper = self.wrapper_name();
            quote!(::std::option::Option::Some(map.next_value::<#wrapper>()?.0))
        } else if self.inner.is_none() && self.default.is_some() {
            quote!(map.next_value::<::std::option::Option<#ty>>()?)
        } else {
            quote!(::std::option::Option::Some(map.next_value()?))
        };
        quote!(slots.#ident = #value,)
    }

    /// The field's value when all keys were read.
    fn finish(&self) -> TokenStream {
        let ident = &self.ident;
        if let Some(default) = &self.default {
            quote!(slots.#ident.unwrap_or_else(|| #default))
        } else if self.inner.is_some() {
            quote!(slots.#ident.unwrap_or_default())
        } else {
            let name = self
                .wires
                .first()
                .map_or_else(|| camel_case(&self.name), LitStr::value);
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

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::expand;

    fn error(input: &syn::DeriveInput) -> String {
        expand(input).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_told() {
        assert!(error(&parse_quote! { enum E { A } }).contains("works on structs"));
        assert!(error(&parse_quote! { struct S(u8); }).contains("named fields"));
        assert!(error(&parse_quote! { struct S<T> { a: T } }).contains("no generics"));
        assert!(
            error(&parse_quote! { struct S { a: u8 } }).contains("keeps what it does not know")
        );
        let unknown = parse_quote! { struct S { #[dataclass(rename = "x")] a: u8 } };
        assert!(error(&unknown).contains("expected `wire"));
        let unknown = parse_quote! { #[dataclass(tag)] struct S { a: u8 } };
        assert!(error(&unknown).contains("expected `computed"));
    }

    #[test]
    fn a_name_belongs_to_one_field() {
        let twice = parse_quote! {
            #[dataclass(local)]
            struct S { #[dataclass(wire = "x")] a: u8, #[dataclass(wire = "x")] b: u8 }
        };
        assert!(error(&twice).contains("`x` is taken"));
        let inside = parse_quote! {
            #[dataclass(local)]
            struct S { #[dataclass(wire = "x")] a: u8, #[dataclass(wire = "x.y")] b: u8 }
        };
        assert!(error(&inside).contains("`x.y` is taken"));
        let computed = parse_quote! {
            #[dataclass(local, computed(url))]
            struct S { url: String }
        };
        assert!(error(&computed).contains("`url` is taken"));
    }

    #[test]
    fn the_expansion_is_plain() {
        let tokens = expand(&parse_quote! {
            #[dataclass(computed(url))]
            struct S { #[dataclass(wire = "repo.name")] repo_id: String, #[dataclass(extra)] extra: Extra }
        });
        let text = tokens.unwrap().to_string();
        for part in [
            "\"repo\" => 0usize",
            "\"repoId\" => 1usize",
            "missing_field (\"repo.name\")",
            "self . url ()",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(syn::parse_str::<syn::File>(&text).is_ok());
    }
}
