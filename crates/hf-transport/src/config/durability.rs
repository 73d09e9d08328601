/// Whether what is written is forced to the disk before it counts as written.
///
/// A process that is killed loses nothing either way. This is about a machine that loses power or crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// The system writes when it likes. After a crash of the machine a file may be empty or short under its final name
    /// on some file systems; `verify` finds it.
    #[default]
    Relaxed,
    /// Contents are on the disk before their names, names before the links to them, links before the refs. Each file
    /// waits for the disk: many small files take several times as long.
    Fsync,
}
