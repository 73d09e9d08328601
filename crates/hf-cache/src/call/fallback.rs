//! Decides when the cache stands in for a response of the Hub.

use hf_transport::{Error, ErrorKind};

/// Returns whether a cached version may be used after this error: the Hub was not reached, or did not say
/// that the file or revision does not exist.
pub(crate) fn may_use_cache(err: &Error) -> bool {
    !matches!(
        err.kind(),
        ErrorKind::EntryNotFound
            | ErrorKind::RevisionNotFound
            | ErrorKind::Validation
            | ErrorKind::Checksum
            | ErrorKind::Io
    )
}

/// Logs a warning that `what` may be an earlier version, unless the caller asked for the cache only.
pub(crate) fn warn_stale(what: &str, cause: Option<&Error>) {
    if let Some(error) = cause {
        tracing::warn!(
            "using {what} from the cache; could not check the Hub for a newer version: {error}"
        );
    }
}

/// Returns the error of a call for which neither the Hub nor the cache has `what`.
pub(crate) fn not_cached(cause: Option<Error>, what: &str) -> Error {
    let Some(cause) = cause else {
        return Error::new(
            ErrorKind::LocalEntryNotFound,
            format!("{what} is not in the cache, and `local_files_only` is set"),
        )
        .with_hint("download it once with network access, or unset `local_files_only`");
    };
    let local = |message| Error::new(ErrorKind::LocalEntryNotFound, message);
    match cause.kind() {
        ErrorKind::RepositoryNotFound
        | ErrorKind::GatedRepo
        | ErrorKind::DisabledRepo
        | ErrorKind::Unauthorized => cause,
        ErrorKind::OfflineMode => local(format!(
            "{what} is not in the cache, and offline mode is on"
        ))
        .with_hint("unset `HF_HUB_OFFLINE` to download it")
        .with_source(cause),
        ErrorKind::Network | ErrorKind::Timeout => local(format!(
            "{what} is not in the cache, and the Hub could not be reached: {cause}"
        ))
        .with_hint("check the connection and try again")
        .with_source(cause),
        // The Hub was reached, so its error explains the failure completely.
        _ => {
            let hint = cause.hint().map(str::to_owned);
            let error = local(format!(
                "{what} is not in the cache, and could not be fetched: {cause}"
            ));
            match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
            .with_source(cause)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_missing_file_is_reported_as() {
        let of = |kind| not_cached(Some(Error::new(kind, "x")), "it");
        assert_eq!(not_cached(None, "it").kind(), ErrorKind::LocalEntryNotFound);
        assert_eq!(of(ErrorKind::GatedRepo).kind(), ErrorKind::GatedRepo);
        for (kind, hint) in [
            (
                ErrorKind::Network,
                Some("check the connection and try again"),
            ),
            (
                ErrorKind::OfflineMode,
                Some("unset `HF_HUB_OFFLINE` to download it"),
            ),
            // Not caused by the connection.
            (ErrorKind::FileMetadata, None),
            (ErrorKind::Forbidden, None),
        ] {
            let error = of(kind);
            assert_eq!(
                (error.kind(), error.hint()),
                (ErrorKind::LocalEntryNotFound, hint)
            );
        }
        assert!(!may_use_cache(&Error::new(ErrorKind::EntryNotFound, "x")));
        assert!(may_use_cache(&Error::new(ErrorKind::Timeout, "x")));
    }
}
