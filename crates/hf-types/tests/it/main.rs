//! Ids, patterns and dataclasses, against recorded data.

mod evolution;
mod helpers;
mod ids;
mod patterns;
mod responses;
mod support;
mod uris;
