#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

mod dtype;
mod element;
mod error;
#[cfg(feature = "std")]
mod file;
mod header;
#[cfg(feature = "mmap")]
mod mapped;
pub mod metadata;
mod options;
mod raw;
mod rule;
pub mod shards;
mod slice;
mod tensor;
#[cfg(feature = "write")]
pub mod write;

pub use dtype::{Dtype, DtypeName};
pub use element::{Element, Plain};
pub use error::{Error, Result};
#[cfg(feature = "std")]
pub use file::TensorFile;
pub use header::{Header, HeaderReader, Need, PREFIX_LEN, TensorEntry};
#[cfg(feature = "mmap")]
pub use mapped::MappedFile;
pub use metadata::{SafetensorsFileMetadata, SafetensorsRepoMetadata, TensorInfo};
pub use options::{Mode, Options};
pub use rule::Rule;
pub use slice::{ByteRanges, Slice, Span};
pub use tensor::{SafeTensors, Tensor, TensorSlice};
