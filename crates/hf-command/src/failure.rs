//! How a command ends.

use std::io;
use std::process::ExitCode;

use hf_api::types::ValidationError;
use hf_api::{Error, ErrorKind};

use crate::output::{self, Output};

/// The exit status of wrong usage.
pub(crate) const WRONG_USAGE: u8 = 2;
/// The exit status after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// Why a command has failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A call failed.
    Call(Box<Error>),
    /// The result could not be printed.
    Output(io::Error),
    /// The options do not go together, or an argument is malformed. Nothing was requested.
    Usage(String),
    /// A person was asked, and said no.
    Declined,
    /// Ctrl-C was pressed.
    Interrupted,
    /// All was said; this is the exit status.
    Status(u8),
}

pub(crate) type Done = Result<(), Failure>;

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(Box::new(error))
    }
}

impl From<ValidationError> for Failure {
    fn from(error: ValidationError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Reports a failure, and returns the exit status of the command.
pub(crate) fn end(done: Done, output: Output) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the pipe has closed it: it has what it needs.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Output(error)) => {
            output.error(&Error::io("writing the result", error));
            ExitCode::FAILURE
        }
        Err(Failure::Call(error)) => {
            output.error(&error);
            ExitCode::from(status(&error))
        }
        Err(Failure::Usage(message)) => {
            output.wrong_usage(&message);
            ExitCode::from(WRONG_USAGE)
        }
        Err(Failure::Declined) => {
            output.note("Aborted!");
            ExitCode::FAILURE
        }
        Err(Failure::Interrupted) => {
            // The line of a prompt or a bar is left as it is.
            output::say("");
            ExitCode::from(INTERRUPTED)
        }
        Err(Failure::Status(status)) => ExitCode::from(status),
    }
}

/// 3: it does not exist; 4: no access; 5: the network; 1: anything else. 2 is left to wrong usage.
fn status(error: &Error) -> u8 {
    match error.kind() {
        // What is not in the cache could not be looked for elsewhere.
        ErrorKind::LocalEntryNotFound | ErrorKind::IncompleteSnapshot
            if comes_from_the_network(error) =>
        {
            5
        }
        ErrorKind::RepositoryNotFound
        | ErrorKind::RevisionNotFound
        | ErrorKind::EntryNotFound
        | ErrorKind::LocalEntryNotFound
        | ErrorKind::BucketNotFound
        | ErrorKind::JobNotFound
        | ErrorKind::FileNotFound => 3,
        ErrorKind::GatedRepo
        | ErrorKind::DisabledRepo
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::LocalTokenNotFound => 4,
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::OfflineMode => 5,
        _ if error.status().is_some_and(|status| status.as_u16() == 404) => 3,
        _ => 1,
    }
}

fn comes_from_the_network(error: &Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<Error>().map(Error::kind);
        if matches!(kind, Some(ErrorKind::Network | ErrorKind::Timeout)) {
            return true;
        }
        cause = error.source();
    }
    false
}
