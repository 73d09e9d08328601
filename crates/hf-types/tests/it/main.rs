//! Ids, patterns and dataclasses, against recorded data.

mod answers;
mod evolution;
mod helpers;
mod ids;
mod patterns;
mod support;
mod uris;
