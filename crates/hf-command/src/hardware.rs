//! Hardware for Spaces and jobs, and its prices.

use serde_json::{Value, json};

use crate::hub::fact;
use crate::output::Facts;

/// Whether hardware has a disk that is worth a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    None,
    Shown,
}

/// The facts about hardware, with texts for the price as in Python, and numbers beside them.
pub(crate) fn row(hardware: &Value, storage: Storage) -> Facts {
    let accelerator = &hardware["accelerator"];
    let text = |name: &str| accelerator[name].as_str().unwrap_or_default().to_owned();
    let accelerator = match (accelerator.is_object(), storage) {
        (true, _) => json!(format!(
            "{}x {} ({})",
            text("quantity"),
            text("model"),
            text("vram")
        )),
        // What Python prints.
        (false, Storage::Shown) => json!(""),
        (false, Storage::None) => Value::Null,
    };
    let cost = hardware["unit_cost_usd"]
        .as_f64()
        .filter(|cost| *cost > 0.0);
    let shown = |text: Option<String>| text.unwrap_or_else(|| "free".to_owned());
    let mut row = Facts::from([
        ("name", fact(hardware, "name")),
        ("pretty name", fact(hardware, "pretty_name")),
        ("cpu", fact(hardware, "cpu")),
        ("ram", fact(hardware, "ram")),
    ]);
    if storage == Storage::Shown {
        row.set("storage", fact(hardware, "ephemeral_storage"));
    }
    row.set("accelerator", accelerator);
    row.set("cost/min", shown(cost.map(|cost| format!("${cost:.4}"))));
    row.set(
        "cost/hour",
        shown(cost.map(|cost| format!("${:.2}", cost * 60.0))),
    );
    row
}
