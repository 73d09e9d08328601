//! The options that calls pass on to a commit.

use hf_commit::CommitOptions;

use crate::HfApi;

/// Puts the options that every call has onto those of a commit, beside what the call has set itself.
pub(in crate::calls) fn with_call_options(api: &HfApi, options: CommitOptions) -> CommitOptions {
    options.requests(api.options().clone())
}

/// The [`CommitOptions`] of a call: those of every call, and its own parameters.
///
/// With a third argument, on top of those, which have no JSON form.
macro_rules! commit_options {
    ($call:ident, $api:ident) => {
        $crate::calls::uploads::commit_options!($call, $api, hf_commit::CommitOptions::new())
    };
    ($call:ident, $api:ident, $options:expr) => {{
        let mut options = $crate::calls::uploads::with_call_options(&$api, $options)
            .rebase($call.rebase)
            .create_pr($call.create_pr == Some(true));
        let message: Option<String> = $call.commit_message.into();
        if let Some(message) = message {
            options = options.commit_message(message);
        }
        if let Some(description) = $call.commit_description {
            options = options.commit_description(description);
        }
        if let Some(parent) = $call.parent_commit {
            options = options.parent_commit(parent);
        }
        options
    }};
}
pub(super) use commit_options;

/// The setters of a call for options that have no JSON form.
macro_rules! upload_setters {
    ($call:ident) => {
        impl $call {
            /// Keeps the hashes of local files from run to run, so that
            /// unchanged files are not read again. Uploads of folders do so
            /// anyway, below `HF_HOME`.
            #[must_use]
            pub fn hash_index(mut self, index: ::std::sync::Arc<hf_commit::HashIndex>) -> Self {
                self.options = self.options.hash_index(index);
                self
            }

            /// Adds an upload transfer. Transfers added later are tried first;
            /// Git LFS is the final fallback.
            #[must_use]
            pub fn transfer(
                mut self,
                transfer: ::std::sync::Arc<dyn hf_commit::UploadTransfer>,
            ) -> Self {
                self.options = self.options.transfer(transfer);
                self
            }
        }
    };
}
pub(super) use upload_setters;
