//! What holds for every call: bad input is refused before anything is sent, responses that are not the
//! Hub's are typed errors, and one configuration serves all traffic.

mod bad_input;
mod hostile;
#[cfg(unix)]
mod interrupted;
mod routes;
mod traffic;
