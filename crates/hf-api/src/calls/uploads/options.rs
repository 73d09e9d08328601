//! What the calls that commit have in common.

use std::fmt;
use std::sync::Arc;

use hf_commit::{HashIndex, Transfer};

/// What an upload can be told that has no JSON.
#[derive(Clone, Default)]
pub(super) struct UploadOptions {
    pub(super) hash_index: Option<Arc<HashIndex>>,
    pub(super) transfers: Vec<Arc<dyn Transfer>>,
}

impl fmt::Debug for UploadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadOptions")
            .field("transfers", &self.transfers)
            .finish_non_exhaustive()
    }
}

/// Puts the options that every call has onto one of `hf-commit`.
macro_rules! call_options {
    ($api:expr, $call:expr) => {{
        let options = $api.options();
        let mut call = $call.token(options.token.clone());
        if let Some(limit) = options.timeout {
            call = call.timeout(limit);
        }
        for (name, value) in &options.headers {
            call = call.header(name, value);
        }
        call
    }};
}
pub(crate) use call_options;

/// Puts the options that all commits have from a call onto a commit.
macro_rules! commit_options {
    ($call:ident, $api:ident, $commit:expr) => {{
        let mut commit = $crate::calls::uploads::call_options!($api, $commit).rebase($call.rebase);
        let message: Option<String> = $call.commit_message.into();
        if let Some(message) = message {
            commit = commit.commit_message(message);
        }
        if let Some(description) = $call.commit_description {
            commit = commit.commit_description(description);
        }
        if let Some(parent) = $call.parent_commit {
            commit = commit.parent_commit(parent);
        }
        commit.create_pr($call.create_pr == Some(true))
    }};
}
pub(super) use commit_options;

/// Puts [`UploadOptions`] onto an upload.
macro_rules! upload_options {
    ($api:ident, $options:expr, $upload:expr) => {{
        let (options, mut upload) = ($options, $upload);
        if let Some(sink) = &$api.options().progress {
            upload = upload.progress(sink.clone());
        }
        if let Some(index) = options.hash_index {
            upload = upload.hash_index(index);
        }
        for transfer in options.transfers {
            upload = upload.transfer(transfer);
        }
        upload
    }};
}
pub(super) use upload_options;

/// The setters of [`UploadOptions`], for a call that has them as `more`.
macro_rules! upload_setters {
    ($call:ident) => {
        impl $call {
            /// Keeps hashes from run to run, so that unchanged files are not
            /// read again. Uploads of folders do so anyway, below `HF_HOME`.
            #[must_use]
            pub fn hash_index(mut self, index: ::std::sync::Arc<hf_commit::HashIndex>) -> Self {
                self.more.hash_index = Some(index);
                self
            }

            /// A way for large files to leave that is tried before those given
            /// so far; Git LFS is always the last.
            #[must_use]
            pub fn transfer(mut self, transfer: ::std::sync::Arc<dyn hf_commit::Transfer>) -> Self {
                self.more.transfers.push(transfer);
                self
            }
        }
    };
}
pub(super) use upload_setters;
