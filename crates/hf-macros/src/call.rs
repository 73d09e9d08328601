//! Parses the definition for `#[derive(Call)]`; the modules below emit the
//! code.

mod by_name;
mod emit;
mod kinds;
mod params;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Expr, Fields, Ident, LitStr, Result, Type};

use self::kinds::Kind;
use self::params::Param;
use crate::docs;

/// The definition of one call.
struct Definition<'a> {
    input: &'a DeriveInput,
    /// The name of the method in snake case.
    name: String,
    kind: Kind,
    /// The type of an item for lists and streams, otherwise of the result.
    returns: Type,
    /// Whether Python's method has a `timeout` parameter for its request.
    timeout: bool,
    /// Whether the call implements `Plan`, and so has a dry run.
    dry_run: bool,
    /// Whether the call transfers files, and so reports progress.
    progress: bool,
    context: &'a Ident,
    params: Vec<Param<'a>>,
    /// Options without a JSON form, which are not parameters of the call by
    /// name.
    rust_only: Vec<&'a Ident>,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let definition = Definition::read(input)?;
    let constructors = emit::constructors(&definition);
    let setters = emit::setters(&definition);
    let call = kinds::call(&definition);
    let run = kinds::run(&definition);
    let by_name = by_name::by_name(&definition);
    Ok(quote! { #constructors #setters #call #run #by_name })
}

impl<'a> Definition<'a> {
    fn read(input: &'a DeriveInput) -> Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(Error::new_spanned(input, "a call is a struct"));
        };
        let Fields::Named(fields) = &data.fields else {
            return Err(Error::new_spanned(input, "a call has named fields"));
        };
        let struct_name = input.ident.to_string();
        let Some(stem) = struct_name.strip_suffix("Call") else {
            return Err(Error::new_spanned(
                &input.ident,
                "a call is named after its method: `ModelInfoCall` for `model_info`",
            ));
        };
        let mut kind = None;
        let mut returns = None;
        let mut timeout = false;
        let mut progress = false;
        let mut dry_run = false;
        for attribute in input.attrs.iter().filter(|a| a.path().is_ident("call")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("kind") {
                    kind = Some(Kind::parse(&meta.value()?.parse()?)?);
                    Ok(())
                } else if meta.path.is_ident("returns") || meta.path.is_ident("item") {
                    returns = Some((meta.path.is_ident("item"), meta.value()?.parse::<Type>()?));
                    Ok(())
                } else if meta.path.is_ident("timeout") {
                    timeout = true;
                    Ok(())
                } else if meta.path.is_ident("dry_run") {
                    dry_run = true;
                    Ok(())
                } else if meta.path.is_ident("progress") {
                    progress = true;
                    Ok(())
                } else {
                    Err(meta.error(
                        "expected `kind`, `returns`, `item`, `timeout`, `progress` or `dry_run`",
                    ))
                }
            })?;
        }
        let kind = kind.ok_or_else(|| {
            Error::new_spanned(
                &input.ident,
                "say what the call is: #[call(kind = request | list | stream | operation)]",
            )
        })?;
        let returns = match returns {
            Some((is_item, ty)) if is_item == kind.streams() => ty,
            _ => {
                return Err(Error::new_spanned(
                    &input.ident,
                    "say what the call returns: `returns = Type` for a request or an operation, \
                     `item = Type` for a list or a stream",
                ));
            }
        };
        let mut context = None;
        let mut params = Vec::new();
        let mut rust_only = Vec::new();
        for field in &fields.named {
            let name = field.ident.as_ref().expect("named field");
            let mut required = false;
            let mut default: Option<Expr> = None;
            let mut wire: Option<LitStr> = None;
            let (mut is_context, mut is_rust_only) = (false, false);
            for attribute in field.attrs.iter().filter(|a| a.path().is_ident("call")) {
                attribute.parse_nested_meta(|meta| {
                    if meta.path.is_ident("context") {
                        is_context = true;
                        Ok(())
                    } else if meta.path.is_ident("rust_only") {
                        is_rust_only = true;
                        Ok(())
                    } else if meta.path.is_ident("arg") {
                        required = true;
                        Ok(())
                    } else if meta.path.is_ident("name") {
                        wire = Some(meta.value()?.parse()?);
                        Ok(())
                    } else if meta.path.is_ident("default") {
                        default = Some(meta.value()?.parse()?);
                        Ok(())
                    } else {
                        Err(meta.error(
                            "expected `context`, `rust_only`, `arg`, `name = ...` or `default = ...`",
                        ))
                    }
                })?;
            }
            if is_context {
                context = Some(name);
            } else if is_rust_only {
                rust_only.push(name);
            } else {
                params.push(Param::new(
                    name,
                    wire.map(|wire| wire.value()),
                    &field.ty,
                    docs::text(&field.attrs),
                    required,
                    default,
                ));
            }
        }
        let context = context.ok_or_else(|| {
            Error::new_spanned(
                &input.ident,
                "one field, `#[call(context)] ctx: Context`, holds client and options",
            )
        })?;
        Ok(Self {
            input,
            name: snake_case(stem),
            kind,
            returns,
            timeout,
            dry_run,
            progress,
            context,
            params,
            rust_only,
        })
    }

    fn has_param(&self, name: &str) -> bool {
        self.params.iter().any(|param| param.wire == name)
    }
}

fn snake_case(camel: &str) -> String {
    let mut out = String::with_capacity(camel.len() + 8);
    for (at, letter) in camel.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}
