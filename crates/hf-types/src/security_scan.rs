//! The results of security scanners.

use hf_macros::Dataclass;
use serde_json::{Map, Value};

/// The result of one of the Hub's security scanners for a file.
///
/// It is written as the Hub sent it.
///
/// ```
/// use hf_types::SecurityScan;
/// let scan: SecurityScan = serde_json::from_str(r#"{"status": "unsafe", "pickleImports": [
///     {"module": "os", "name": "system", "safety": "dangerous"}
/// ]}"#)?;
/// let imports = scan.pickle_imports.unwrap_or_default();
/// assert_eq!(imports[0].safety.as_deref(), Some("dangerous"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct SecurityScan {
    /// The verdict: `safe`, `unsafe`, `suspicious`, `caution`, `queued`, `unscanned` or `error`.
    pub status: Option<String>,
    /// The message of the scanner.
    pub message: Option<String>,
    /// The URL of the report.
    pub report_link: Option<String>,
    /// The label of the report.
    pub report_label: Option<String>,
    /// The imports of a pickle file.
    pub pickle_imports: Option<Vec<PickleImport>>,
    /// The version of the scanner.
    pub version: Option<String>,
    /// The whole object, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}

/// An import of a pickle file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct PickleImport {
    /// The module.
    pub module: Option<String>,
    /// The imported name.
    pub name: Option<String>,
    /// The verdict: `innocuous`, `suspicious` or `dangerous`.
    pub safety: Option<String>,
    /// The whole object, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}
