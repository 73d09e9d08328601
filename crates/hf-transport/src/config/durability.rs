//! When written data is forced to disk.

/// Controls whether data is forced to disk before it counts as written.
///
/// A process that is killed loses nothing in either mode. The setting matters when the machine loses power or
/// crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// Leaves the time of writing to the operating system. After a crash of the machine, some file systems
    /// may show a file empty or truncated under its final name; `verify` detects this.
    #[default]
    Relaxed,
    /// Syncs file contents before their names, names before the links to them, and links before refs. Every
    /// file waits for the disk, so many small files take several times as long.
    Fsync,
}
