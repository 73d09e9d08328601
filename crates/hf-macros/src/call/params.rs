//! The parameters of a call: how each is set, and how the help describes it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, GenericArgument, Ident, PathArguments, Type};

/// A parameter.
pub(super) struct Param<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
    /// The name in JSON, without `r#`.
    pub(super) wire: String,
    pub(super) doc: String,
    pub(super) required: bool,
    pub(super) default: Option<Expr>,
}

impl<'a> Param<'a> {
    pub(super) fn new(
        ident: &'a Ident,
        wire: Option<String>,
        ty: &'a Type,
        doc: String,
        required: bool,
        default: Option<Expr>,
    ) -> Self {
        let wire = wire.unwrap_or_else(|| ident.to_string().trim_start_matches("r#").to_owned());
        Self {
            ident,
            ty,
            wire,
            doc,
            required,
            default,
        }
    }

    /// Emits the default value.
    pub(super) fn default_value(&self) -> TokenStream {
        self.default.as_ref().map_or_else(
            || quote!(::core::default::Default::default()),
            |expr| quote!(#expr),
        )
    }

    /// Returns the default as shown in help, or `None` if it is null or empty.
    pub(super) fn default_text(&self) -> Option<String> {
        if self.required {
            return None;
        }
        if let Some(expr) = &self.default {
            let text = expr.to_token_stream().to_string();
            return Some(text.trim_end_matches(" . into ()").to_owned());
        }
        is(self.ty, "bool").then(|| "false".to_owned())
    }

    /// Emits the parameter list entry and the conversion of a positional
    /// argument.
    pub(super) fn positional(&self) -> (TokenStream, TokenStream) {
        let ident = self.ident;
        let (accepts, value) = accepted(self.ty, &quote!(#ident));
        (quote!(#ident: #accepts), quote!(#ident: #value))
    }

    /// Emits the type that the setter accepts, and the expression that stores
    /// it.
    pub(super) fn setter(&self) -> (TokenStream, TokenStream) {
        let value = quote!(value);
        match inner(self.ty, "Option") {
            Some(ty) if is(ty, "String") => (
                quote!(impl ::core::convert::Into<crate::call::Arg<#ty>>),
                quote!(#value.into().into_option()),
            ),
            Some(ty) => {
                let (accepts, converted) = accepted(ty, &value);
                (accepts, quote!(::core::option::Option::Some(#converted)))
            }
            None => accepted(self.ty, &value),
        }
    }

    /// Returns the JSON type as shown in help.
    pub(super) fn type_text(&self) -> String {
        type_text(self.ty)
    }
}

fn accepted(ty: &Type, value: &TokenStream) -> (TokenStream, TokenStream) {
    if is(ty, "String") || is(ty, "PathBuf") {
        return (
            quote!(impl ::core::convert::Into<#ty>),
            quote!(#value.into()),
        );
    }
    if let Some(secret) = inner(ty, "Secret") {
        let (accepts, value) = accepted(secret, value);
        return (accepts, quote!(crate::call::Secret::new(#value)));
    }
    if inner(ty, "Vec").is_some_and(|item| is(item, "String")) {
        return (
            quote!(impl ::core::convert::Into<crate::call::OneOrMany<::std::string::String>>),
            quote!(#value.into().into_vec()),
        );
    }
    if let Some(item) = inner(ty, "Vec").filter(|item| is_plain(item)) {
        return (
            quote!(impl ::core::iter::IntoIterator<Item = #item>),
            quote!(#value.into_iter().collect()),
        );
    }
    if let Some(item) = inner(ty, "Vec") {
        return (
            quote!(impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<#item>>),
            quote!(#value.into_iter().map(::core::convert::Into::into).collect()),
        );
    }
    if let Some(item) = second(ty, "BTreeMap") {
        return (
            quote!(impl ::core::iter::IntoIterator<
                Item = (impl ::core::convert::Into<::std::string::String>, impl ::core::convert::Into<#item>),
            >),
            quote!(#value.into_iter().map(|(key, value)| (key.into(), value.into())).collect()),
        );
    }
    if is_plain(ty) {
        return (quote!(#ty), quote!(#value));
    }
    (
        quote!(impl ::core::convert::Into<#ty>),
        quote!(#value.into()),
    )
}

/// Returns whether a type is accepted unchanged. Scalars are, because `Into`
/// would leave literals without a type.
fn is_plain(ty: &Type) -> bool {
    ["bool", "u16", "u32", "u64", "usize", "i64", "f64", "Value"]
        .iter()
        .any(|name| is(ty, name))
        || inner(ty, "Option").is_some()
}

fn type_text(ty: &Type) -> String {
    if let Some(item) = inner(ty, "Option") {
        return type_text(item);
    }
    if let Some(item) = inner(ty, "Vec") {
        return format!("[{}]", type_text(item));
    }
    if let Some(item) = second(ty, "BTreeMap") {
        return format!("{{string: {}}}", type_text(item));
    }
    if let Some(item) = ["Arg", "Param", "Secret"]
        .iter()
        .find_map(|of| inner(ty, of))
    {
        return type_text(item);
    }
    if let Some(item) = inner(ty, "OneOrMany") {
        let item = type_text(item);
        return format!("{item} | [{item}]");
    }
    let name = last_segment(ty).unwrap_or_else(|| ty.to_token_stream().to_string());
    match name.as_str() {
        name if is_text(name) => "string".into(),
        "PathBuf" => "path".into(),
        "bool" => "boolean".into(),
        "u16" | "u32" | "u64" | "usize" | "i64" | "SleepTime" => "integer".into(),
        "f64" | "Seconds" => "number".into(),
        "JobTimeout" => "number | string".into(),
        "EmissionRange" => "[number]".into(),
        "Value" => "json".into(),
        "Map" => "object".into(),
        _ => name,
    }
}

/// Whether the JSON form of a type is a string.
fn is_text(name: &str) -> bool {
    matches!(
        name,
        "String"
            | "RepoId"
            | "RepoType"
            | "Revision"
            | "BucketId"
            | "CollectionSlug"
            | "CollectionItemType"
            | "DiscussionStatus"
            | "InferenceEndpointType"
            | "InferenceEndpointScalingMetric"
            | "JobStage"
            | "RepoVisibility"
            | "SpaceSdk"
    ) || ["Sort", "Hardware", "Property", "Filter"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn is(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment == name) && inner(ty, name).is_none()
}

fn last_segment(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    path.path.segments.last().map(|s| s.ident.to_string())
}

/// Returns the `T` of `name<T>`.
fn inner<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    arguments(ty, name).and_then(|mut list| (list.len() == 1).then(|| list.remove(0)))
}

/// Returns the `V` of `name<K, V>`.
fn second<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    arguments(ty, name).and_then(|mut list| (list.len() == 2).then(|| list.remove(1)))
}

fn arguments<'t>(ty: &'t Type, name: &str) -> Option<Vec<&'t Type>> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    if segment.ident != name {
        return None;
    }
    let PathArguments::AngleBracketed(list) = &segment.arguments else {
        return None;
    };
    Some(
        list.args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
    )
}
