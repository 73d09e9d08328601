//! The kinds of errors.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $python:literal,)*) => {
        /// What went wrong, as a stable name to match on.
        ///
        /// The names of conditions that Python's `huggingface_hub` knows are the names of its
        /// exception classes without `Error`; [`ErrorKind::python_kind`] gives the coarser name
        /// under which Python would have reported the finer ones.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$doc])* $name,)* }

        impl ErrorKind {
            /// Every kind, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name, as written in Rust: `"RepositoryNotFound"`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The kind under which `huggingface_hub` reports the same condition.
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
    /// The repository does not exist, or this token may not see it.
    RepositoryNotFound => "RepositoryNotFound",
    /// The repository asks for an access request first, which this account has not been granted.
    GatedRepo => "GatedRepo",
    /// The repository was disabled by its owner or by the Hub.
    DisabledRepo => "DisabledRepo",
    /// The repository exists, the branch, tag or commit does not.
    RevisionNotFound => "RevisionNotFound",
    /// The repository and revision exist, the file or folder does not.
    EntryNotFound => "EntryNotFound",
    /// The file is not in the local cache and the Hub could not be asked for it.
    LocalEntryNotFound => "LocalEntryNotFound",
    /// The bucket does not exist, or this token may not see it.
    BucketNotFound => "BucketNotFound",
    /// The job does not exist in this namespace.
    JobNotFound => "JobNotFound",
    /// 400: the Hub refused the request as malformed.
    BadRequest => "BadRequest",
    /// 401: no token, or one that the Hub does not accept.
    Unauthorized => "Http",
    /// 403: the token is known and lacks the permission.
    Forbidden => "Http",
    /// 429, or a wait for the rate limit longer than allowed.
    RateLimited => "Http",
    /// 409: it exists already, or another operation on it is in progress.
    Conflict => "Http",
    /// 412: the branch has moved since the parent commit.
    PreconditionFailed => "Http",
    /// Any other HTTP status from 400 on.
    Http => "Http",
    /// The connection failed, was refused, or broke.
    Network => "Network",
    /// Nothing happened for longer than the limit.
    Timeout => "Timeout",
    /// The response does not have the expected form: not JSON, or other fields.
    Decode => "Decode",
    /// Offline mode is on and the call needs the network.
    OfflineMode => "OfflineMode",
    /// The call is wrong; nothing was sent.
    Validation => "Validation",
    /// Reading or writing a local file failed.
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
    /// The response to a metadata request lacks what a download needs.
    FileMetadata => "FileMetadata",
    /// A token is required and none was found.
    LocalTokenNotFound => "LocalTokenNotFound",
    /// The repository holds no safetensors weights.
    NotASafetensorsRepo => "NotASafetensorsRepo",
    /// A safetensors file does not follow the format.
    SafetensorsParsing => "SafetensorsParsing",
    /// Moving the bytes of a file to the Hub's storage failed.
    Upload => "Upload",
    /// An Inference Endpoint failed to start or to change.
    InferenceEndpoint => "InferenceEndpoint",
    /// Not supported.
    NotImplemented => "NotImplemented",
    /// Bytes arrived, and they are not the ones that were announced.
    Checksum => "Io",
    /// A layer or service that the program put into the stack failed.
    Layer => "Network",
    /// A redirect that cannot be followed: a loop, no usable URL, or a write that would become a `GET`.
    Redirect => "Network",
    /// A link to the next page that cannot be followed: another origin, or a loop.
    Pagination => "Network",
    /// A response larger than the limit set for it.
    TooLarge => "Io",
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
