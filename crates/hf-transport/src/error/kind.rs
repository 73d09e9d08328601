//! The kinds of errors.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $python:literal,)*) => {
        /// Classifies an error with a stable name to match on.
        ///
        /// Where Python's `huggingface_hub` has an exception class for the condition, the name is that of the
        /// class without `Error`. [`ErrorKind::python_kind`] maps the finer kinds to the kind under which
        /// Python reports them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$doc])* $name,)* }

        impl ErrorKind {
            /// Every kind, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the name of the kind as written in Rust: `"RepositoryNotFound"`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Returns the kind under which `huggingface_hub` reports the same condition.
            ///
            /// ```
            /// use hf_transport::ErrorKind;
            /// assert_eq!(ErrorKind::GatedRepo.python_kind(), "GatedRepo");
            /// assert_eq!(ErrorKind::Conflict.python_kind(), "Http");
            /// ```
            pub const fn python_kind(self) -> &'static str {
                match self { $(Self::$name => $python,)* }
            }
        }
    };
}

kinds! {
    /// The repository does not exist, or the token has no access to it.
    RepositoryNotFound => "RepositoryNotFound",
    /// The repository is gated and this account has not been granted access.
    GatedRepo => "GatedRepo",
    /// The repository was disabled by its owner or by the Hub.
    DisabledRepo => "DisabledRepo",
    /// The repository exists, but the branch, tag or commit does not.
    RevisionNotFound => "RevisionNotFound",
    /// The repository and revision exist, but the file or folder does not.
    EntryNotFound => "EntryNotFound",
    /// The file is not in the local cache and could not be requested from the Hub.
    LocalEntryNotFound => "LocalEntryNotFound",
    /// The bucket does not exist, or the token has no access to it.
    BucketNotFound => "BucketNotFound",
    /// The job does not exist in this namespace.
    JobNotFound => "JobNotFound",
    /// 400: the Hub refused the request as malformed.
    BadRequest => "BadRequest",
    /// 401: there was no token, or the Hub does not accept it.
    Unauthorized => "Http",
    /// 403: the token is valid but lacks the permission.
    Forbidden => "Http",
    /// 429, or the wait for the rate limit would be longer than allowed.
    RateLimited => "Http",
    /// 409: the resource already exists, or another operation on it is in progress.
    Conflict => "Http",
    /// 412: the branch has moved past the parent commit.
    PreconditionFailed => "Http",
    /// Any other HTTP status from 400 on.
    Http => "Http",
    /// The connection failed, was refused, or broke.
    Network => "Network",
    /// No progress was made within the time limit.
    Timeout => "Timeout",
    /// The response does not have the expected form: it is not JSON, or a field is missing or has another
    /// type.
    Decode => "Decode",
    /// Offline mode is on and the call needs the network.
    OfflineMode => "OfflineMode",
    /// An argument is invalid; no request was sent.
    Validation => "Validation",
    /// A local file could not be read or written.
    Io => "Io",
    /// A local file that the call names does not exist.
    FileNotFound => "FileNotFound",
    /// Part of a batch of bucket operations was refused.
    BucketBatch => "BucketBatch",
    /// Part of a batch of file duplications was refused.
    FileDuplication => "FileDuplication",
    /// The cached snapshot lacks files and the network may not be used.
    IncompleteSnapshot => "IncompleteSnapshot",
    /// A revision could not be resolved to a commit.
    RevisionResolution => "RevisionResolution",
    /// A dry run was requested where it has no meaning.
    DryRun => "DryRun",
    /// The response to a metadata request lacks a header that a download needs.
    FileMetadata => "FileMetadata",
    /// A token is required and none was found.
    LocalTokenNotFound => "LocalTokenNotFound",
    /// The repository holds no safetensors weights.
    NotASafetensorsRepo => "NotASafetensorsRepo",
    /// A safetensors file does not follow the format.
    SafetensorsParsing => "SafetensorsParsing",
    /// A file could not be uploaded to the Hub's storage.
    Upload => "Upload",
    /// An Inference Endpoint failed to start or to change.
    InferenceEndpoint => "InferenceEndpoint",
    /// The operation is not supported.
    NotImplemented => "NotImplemented",
    /// The received bytes do not match the announced hash.
    Checksum => "Io",
    /// A layer or service that the program added to the stack failed.
    Layer => "Network",
    /// A redirect cannot be followed: a loop, an unusable URL, or a write that would become a `GET`.
    Redirect => "Network",
    /// The link to the next page cannot be followed: another origin, or a loop.
    Pagination => "Network",
    /// The response is larger than its limit.
    TooLarge => "Io",
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
