//! What the tests of the whole share.

/// The examples of the repository's front page compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct FrontPage;
