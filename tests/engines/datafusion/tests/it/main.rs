//! SQL over datasets and buckets of the embedded Hub.

mod commits;
mod faults;
mod page;
mod parquet;
mod support;
mod tensors;
mod text;
