//! Cards read, changed and written.

mod changes;
mod data;
mod evaluation;
mod files;
mod hostile;
mod hub;
mod merging;
mod properties;
mod python;
mod reading;
mod templates;
mod writing;
