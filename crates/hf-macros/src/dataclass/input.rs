//! Parses the input of the derive: the struct, its attributes, and the tree of
//! names used by the Hub.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{
    Data, DeriveInput, Expr, Fields, GenericArgument, Ident, LitStr, Path, PathArguments, Token,
    Type,
};

pub(super) struct Class {
    pub(super) ident: Ident,
    pub(super) fields: Vec<Field>,
    /// Where unknown keys are kept: `extra` or `raw`.
    pub(super) keep: Keep,
    pub(super) computed: Vec<Ident>,
    pub(super) after: Option<Path>,
    /// Whether the value is written as it was received, from the `raw` field.
    pub(super) as_sent: bool,
    /// Whether a value that does not fit a field is an error, because the input
    /// may come from a user.
    pub(super) strict: bool,
    pub(super) nodes: Vec<Node>,
}

pub(super) enum Keep {
    Extra(Ident),
    Raw(usize),
    /// The type is created locally, not by the Hub, so there is nothing to
    /// keep.
    Nothing,
}

pub(super) struct Field {
    pub(super) ident: Ident,
    /// The name in our JSON, which is that of the field.
    pub(super) name: String,
    pub(super) ty: Type,
    /// The `T` of an `Option<T>`.
    pub(super) inner: Option<Type>,
    pub(super) default: Option<TokenStream>,
    /// The function that parses the field from its JSON value.
    pub(super) decode: Option<Path>,
    /// The type that the field is parsed as and converted from.
    pub(super) via: Option<Path>,
    /// The value used for null and for values that do not fit.
    pub(super) fallback: Option<Expr>,
    pub(super) wires: Vec<LitStr>,
}

/// One level of the Hub's objects: the root, or an object whose members are
/// fields of the struct.
pub(super) struct Node {
    pub(super) keys: Vec<(String, Target)>,
    /// The field whose own name is the key of this object, because our JSON has
    /// the value itself there.
    pub(super) bare: Option<usize>,
}

#[derive(Clone, Copy)]
pub(super) enum Target {
    Field(usize),
    Node(usize),
    Ignored,
}

impl Class {
    pub(super) fn parse(input: &DeriveInput) -> syn::Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(syn::Error::new_spanned(
                &input.ident,
                "Dataclass works on structs",
            ));
        };
        let Fields::Named(named) = &data.fields else {
            return Err(syn::Error::new_spanned(
                &input.ident,
                "Dataclass needs named fields",
            ));
        };
        if !input.generics.params.is_empty() {
            return Err(syn::Error::new_spanned(
                &input.generics,
                "Dataclass takes no generics",
            ));
        }
        let mut computed = Vec::new();
        let mut after = None;
        let mut keep = None;
        let mut as_sent = false;
        let mut strict = false;
        for attr in input
            .attrs
            .iter()
            .filter(|a| a.path().is_ident("dataclass"))
        {
            attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("computed") {
                    let list;
                    syn::parenthesized!(list in meta.input);
                    computed.extend(Punctuated::<Ident, Token![,]>::parse_terminated(&list)?);
                } else if meta.path.is_ident("after") {
                    after = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("local") {
                    keep = Some(Keep::Nothing);
                    strict = true;
                } else if meta.path.is_ident("strict") {
                    strict = true;
                } else if meta.path.is_ident("as_sent") {
                    as_sent = true;
                } else {
                    return Err(
                        meta.error("expected `computed(..)`, `after = path`, `local` or `as_sent`")
                    );
                }
                Ok(())
            })?;
        }
        let mut fields = Vec::new();
        for field in &named.named {
            let Some(ident) = field.ident.clone() else {
                continue;
            };
            let mut parsed = Field {
                name: ident.unraw().to_string(),
                inner: option_inner(&field.ty),
                ty: field.ty.clone(),
                default: None,
                decode: None,
                via: None,
                fallback: None,
                wires: Vec::new(),
                ident: ident.clone(),
            };
            let mut is_extra = false;
            for attr in field
                .attrs
                .iter()
                .filter(|a| a.path().is_ident("dataclass"))
            {
                attr.parse_nested_meta(|meta| {
                    if meta.path.is_ident("wire") {
                        parsed.wires.push(meta.value()?.parse()?);
                    } else if meta.path.is_ident("default") {
                        parsed.default = Some(if meta.input.peek(Token![=]) {
                            let value: Expr = meta.value()?.parse()?;
                            quote!(#value)
                        } else {
                            quote!(::std::default::Default::default())
                        });
                    } else if meta.path.is_ident("decode") {
                        parsed.decode = Some(meta.value()?.parse()?);
                    } else if meta.path.is_ident("via") {
                        parsed.via = Some(meta.value()?.parse()?);
                    } else if meta.path.is_ident("fallback") {
                        parsed.fallback = Some(meta.value()?.parse()?);
                    } else if meta.path.is_ident("extra") {
                        is_extra = true;
                        keep = Some(Keep::Extra(ident.clone()));
                    } else if meta.path.is_ident("raw") {
                        keep = Some(Keep::Raw(fields.len()));
                    } else {
                        return Err(meta.error(
                            "expected `wire = \"..\"`, `default`, `fallback = expr`, `decode = path`, `via = Type`, `extra` \
                             or `raw`",
                        ));
                    }
                    Ok(())
                })?;
            }
            if !is_extra {
                fields.push(parsed);
            }
        }
        let Some(keep) = keep else {
            return Err(syn::Error::new_spanned(
                &input.ident,
                "a Dataclass keeps what it does not know: mark a field `#[dataclass(extra)]` or \
                 `#[dataclass(raw)]`, or the struct `#[dataclass(local)]`",
            ));
        };
        if as_sent && !matches!(keep, Keep::Raw(_)) {
            return Err(syn::Error::new_spanned(
                &input.ident,
                "`as_sent` needs a field that is marked `#[dataclass(raw)]`",
            ));
        }
        let nodes = nodes(&fields, &computed)?;
        Ok(Self {
            ident: input.ident.clone(),
            fields,
            keep,
            computed,
            after,
            as_sent,
            strict,
            nodes,
        })
    }
}

/// Sorts all accepted names into the tree of objects.
fn nodes(fields: &[Field], computed: &[Ident]) -> syn::Result<Vec<Node>> {
    let mut nodes = vec![Node {
        keys: Vec::new(),
        bare: None,
    }];
    for (index, field) in fields.iter().enumerate() {
        for wire in &field.wires {
            insert(&mut nodes, &wire.value(), Target::Field(index), wire.span())?;
        }
    }
    // A field's own names come last, so that they can be the bare form of an
    // existing object.
    for (index, field) in fields.iter().enumerate() {
        for name in [camel_case(&field.name), field.name.clone()] {
            if field.wires.iter().any(|w| w.value() == name) {
                continue;
            }
            let found = nodes[0].keys.iter().find(|(key, _)| *key == name);
            match found.map(|(_, target)| *target) {
                Some(Target::Field(other)) if other == index => {}
                Some(Target::Node(node)) => nodes[node].bare = Some(index),
                // A camel-case name that is another field's wire name belongs
                // to that field.
                Some(_) if name != field.name => {}
                _ => insert(&mut nodes, &name, Target::Field(index), field.ident.span())?,
            }
        }
    }
    for name in computed {
        insert(
            &mut nodes,
            &name.unraw().to_string(),
            Target::Ignored,
            name.span(),
        )?;
    }
    Ok(nodes)
}

fn insert(nodes: &mut Vec<Node>, wire: &str, target: Target, span: Span) -> syn::Result<()> {
    let mut node = 0;
    let mut parts = wire.split('.').peekable();
    while let Some(part) = parts.next() {
        let found = nodes[node]
            .keys
            .iter()
            .find(|(key, _)| key == part)
            .map(|(_, t)| *t);
        match (found, parts.peek().is_some()) {
            (Some(Target::Node(child)), true) => node = child,
            (None, true) => {
                let child = nodes.len();
                nodes.push(Node {
                    keys: Vec::new(),
                    bare: None,
                });
                nodes[node]
                    .keys
                    .push((part.to_owned(), Target::Node(child)));
                node = child;
            }
            (None, false) => nodes[node].keys.push((part.to_owned(), target)),
            _ => {
                return Err(syn::Error::new(
                    span,
                    format!("the name `{wire}` is taken by another field"),
                ));
            }
        }
    }
    Ok(())
}

fn option_inner(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(args) = &last.arguments else {
        return None;
    };
    match (last.ident == "Option", args.args.first()) {
        (true, Some(GenericArgument::Type(inner))) => Some(inner.clone()),
        _ => None,
    }
}

pub(super) fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            camel.extend(c.to_uppercase());
            upper = false;
        } else {
            camel.push(c);
        }
    }
    camel
}
