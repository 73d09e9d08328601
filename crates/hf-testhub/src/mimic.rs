//! Other servers that implement the Hub's protocol.

/// A server that differs from the Hub, as found in practice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mimic {
    /// The Hub itself.
    #[default]
    Hub,
    /// KohakuHub on LakeFS: commit ids of 64 digits (for repositories created from then on), the
    /// tag instead of a commit id in `X-Repo-Commit` if a tag was requested, the newest version's
    /// ETag for every version of a file, no cache of small files, and 400 `RepoExists` for a
    /// repository that exists.
    KohakuHub,
    /// olah, a caching proxy: made-up ETags (`"<32 hex>-10"`) on small files, and `Link` headers
    /// that refer to `https://huggingface.co`.
    Olah,
    /// A reverse proxy that rewrites nothing: `Link` headers and the URLs of new repositories refer
    /// to `https://huggingface.co`.
    PlainMirror,
}
