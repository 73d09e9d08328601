//! How an error shows itself.

use std::fmt;

use super::Error;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        for context in &inner.context {
            write!(f, "{context}: ")?;
        }
        f.write_str(&inner.message)?;
        let told = inner
            .server_messages
            .iter()
            .filter(|told| !inner.message.contains(told.as_str()));
        for told in told {
            write!(f, "\nThe server says: {told}")?;
        }
        if let (Some(method), Some(url)) = (&inner.method, &inner.url) {
            write!(f, "\nRequest: {method} {url}")?;
            if let Some(id) = &inner.request_id {
                write!(f, " (request id {id})")?;
            }
            if inner.attempts > 1 {
                write!(f, ", tried {} times", inner.attempts)?;
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

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("message", &inner.message)
            .field("context", &inner.context)
            .field("status", &inner.status)
            .field("error_code", &inner.error_code)
            .field("server_messages", &inner.server_messages)
            .field("request_id", &inner.request_id)
            .field("method", &inner.method)
            .field("url", &inner.url)
            .field("attempts", &inner.attempts)
            .field("elapsed", &inner.elapsed)
            .field("hint", &inner.hint)
            .field("source", &inner.source)
            .finish()
    }
}
