//! YAML as far as the metadata of cards needs it: read with positions, written, and changed in place.

mod aliases;
mod difference;
pub(crate) mod edit;
mod emit;
mod flow;
pub(crate) mod number;
mod parse;
mod replace;
mod scalar;
mod span;
mod tags;
mod tree;

pub(crate) use emit::Style;
pub(crate) use parse::parse;
pub(crate) use tree::Document;
