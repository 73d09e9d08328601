#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod card;
mod data;
mod error;
mod eval_result;
mod field;
mod float;
mod front_matter;
#[cfg(feature = "hub")]
#[cfg_attr(docsrs, doc(cfg(feature = "hub")))]
pub mod hub;
mod merge;
mod metadata;
mod model_index;
mod save;
mod template;
mod value;
mod yaml;

pub use card::{Card, DatasetCard, ModelCard, RepoCard, SpaceCard};
pub use data::{DatasetMetadata, Metadata, ModelMetadata, SpaceMetadata};
pub use error::{CardErrorKind, Error, Result};
pub use eval_result::EvalResult;
pub use field::StringOrList;
pub use metadata::{metadata_eval_result, metadata_load, metadata_save};
pub use model_index::{eval_results_to_model_index, model_index_to_eval_results};
pub use value::{Map, Value};
