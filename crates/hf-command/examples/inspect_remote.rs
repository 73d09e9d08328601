//! The tensors of a repository on the Hub, read from the headers of its
//! safetensors files alone.
//!
//! ```sh
//! cargo run --example inspect_remote -- openai-community/gpt2
//! ```

use std::error::Error;

use hf_api::HfApi;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let repo_id = arguments
        .next()
        .ok_or("usage: inspect_remote REPO [REVISION]")?;
    let repo = HfApi::new()?
        .get_safetensors_metadata(repo_id)
        .revision(arguments.next())
        .await?;
    for (file, metadata) in &repo.files_metadata {
        println!("{}", file.escape_debug());
        for (name, tensor) in &metadata.tensors {
            let (begin, end) = tensor.data_offsets;
            println!(
                "  {:8} {:>14} bytes {:>14} parameters  {:18} {}",
                tensor.dtype,
                end.saturating_sub(begin),
                tensor.parameter_count,
                format!("{:?}", tensor.shape),
                name.escape_debug(),
            );
        }
    }
    println!("parameters");
    for (dtype, count) in &repo.parameter_count {
        println!("  {dtype:8} {count}");
    }
    Ok(())
}
