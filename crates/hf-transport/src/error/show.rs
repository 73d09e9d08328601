//! The `Display` and `Debug` output of an error.

use std::fmt;

use super::{Error, chain};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        for context in &inner.context {
            write!(f, "{context}: ")?;
        }
        f.write_str(&inner.message)?;
        let news = inner
            .server_messages
            .iter()
            .filter(|message| !inner.message.contains(message.as_str()));
        for message in news {
            write!(f, "\nThe server says: {message}")?;
        }
        if let (Some(method), Some(url)) = (&inner.method, &inner.url) {
            write!(f, "\nRequest: {method} {url}")?;
            if let Some(id) = &inner.request_id {
                write!(f, " (request id {id})")?;
            }
            if inner.attempts > 1 {
                write!(f, ", sent {} times", inner.attempts)?;
                if let Some(elapsed) = inner.elapsed {
                    write!(f, " in {:.1} s", elapsed.as_secs_f64())?;
                }
            }
        }
        if let Some(hint) = &inner.hint {
            write!(f, "\nHint: {hint}")?;
        }
        Ok(())
    }
}

/// Shows the message followed by the causes that it does not mention, because `main` and `unwrap` print
/// `{:?}`. `{:#?}` shows the fields.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if f.alternate() {
            return f
                .debug_struct("Error")
                .field("kind", &self.kind())
                .field("message", &inner.message)
                .field("context", &inner.context)
                .field("status", &inner.status)
                .field("error_code", &inner.error_code)
                .field("server_messages", &inner.server_messages)
                .field("request_id", &inner.request_id)
                .field("repo_commit", &inner.repo_commit)
                .field("method", &inner.method)
                .field("url", &inner.url)
                .field("attempts", &inner.attempts)
                .field("elapsed", &inner.elapsed)
                .field("retry_after", &inner.retry_after)
                .field("retryability", &self.retryability())
                .field("hint", &inner.hint)
                .field("source", &inner.source)
                .finish_non_exhaustive();
        }
        let text = self.to_string();
        write!(f, "{}: {text}", self.kind())?;
        let mut shown = text;
        let source = inner.source.as_deref();
        for cause in source.into_iter().flat_map(|source| chain(source)) {
            let cause = cause.to_string();
            if !shown.contains(&cause) {
                write!(f, "\nCaused by: {cause}")?;
                shown.push_str(&cause);
            }
        }
        Ok(())
    }
}
