//! `hf collections`.

use clap::{Args, Subcommand};
use hf_api::types::{Collection, CollectionSort};
use hf_api::{Error, HfApi};
use serde_json::{Value, json};

use crate::args::{MissingOkArgs, PrivateArgs, TokenArgs};
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub};
use crate::listing::sort_parser;
use crate::output::{Facts, Output};
use crate::runtime;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum CollectionsCommand {
    /// Add an item to a collection.
    AddItem(AddItemArgs),
    /// Create a collection.
    Create(CreateArgs),
    /// Delete a collection.
    Delete {
        #[command(flatten)]
        collection: CollectionArgs,
        #[command(flatten)]
        missing_ok: MissingOkArgs,
    },
    /// Remove an item from a collection.
    DeleteItem {
        #[command(flatten)]
        item: ItemArgs,
        #[command(flatten)]
        missing_ok: MissingOkArgs,
    },
    /// Print all that is known of a collection.
    Info(CollectionArgs),
    /// List collections.
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Change the title, the description or the place of a collection.
    Update(UpdateArgs),
    /// Change the note or the place of an item.
    UpdateItem(UpdateItemArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CollectionArgs {
    /// The collection: `user/title-0123456789abcdef01234567`, as in its URL.
    collection_slug: String,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ItemArgs {
    /// The collection: `user/title-0123456789abcdef01234567`, as in its URL.
    collection_slug: String,
    /// The item: its `item_object_id` in `hf collections info`.
    item_object_id: String,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AddItemArgs {
    /// The collection: `user/title-0123456789abcdef01234567`, as in its URL.
    collection_slug: String,
    /// The repository, the id of the paper, or the slug of the collection to add.
    item_id: String,
    /// What it is.
    #[arg(value_parser = ["model", "dataset", "space", "paper", "collection", "bucket"])]
    item_type: String,
    /// A note, of at most 500 characters.
    #[arg(long)]
    note: Option<String>,
    #[command(flatten)]
    exists_ok: ExistsOkArgs,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The title.
    title: String,
    /// The user or organization that owns it. By default, that of the token.
    #[arg(long)]
    namespace: Option<String>,
    /// A description, of at most 150 characters.
    #[arg(long)]
    description: Option<String>,
    #[command(flatten)]
    private: PrivateArgs,
    #[command(flatten)]
    exists_ok: ExistsOkArgs,
    #[command(flatten)]
    token: TokenArgs,
}

/// `--exists-ok`, which is `--exist-ok` elsewhere.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ExistsOkArgs {
    /// Do not fail if it exists.
    #[arg(long, alias = "exist-ok", overrides_with = "no_exists_ok")]
    exists_ok: bool,
    #[arg(long, hide = true)]
    no_exists_ok: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// List collections of this user or organization.
    #[arg(long)]
    owner: Option<String>,
    /// List collections that have this item: `models/user/name`, `datasets/...`, `papers/2311.12983`.
    #[arg(long)]
    item: Option<String>,
    /// The order, greatest first.
    #[arg(long, value_parser = sort_parser(CollectionSort::KNOWN))]
    sort: Option<String>,
    /// The greatest number of collections to list.
    #[arg(long, default_value_t = 10)]
    limit: usize,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    collection: CollectionArgs,
    /// The new title.
    #[arg(long)]
    title: Option<String>,
    /// The new description, of at most 150 characters.
    #[arg(long)]
    description: Option<String>,
    /// The new place in the list of its owner.
    #[arg(long)]
    position: Option<u64>,
    #[command(flatten)]
    private: PrivateArgs,
    /// The new colour, such as `green`.
    #[arg(long)]
    theme: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateItemArgs {
    #[command(flatten)]
    item: ItemArgs,
    /// The new note, of at most 500 characters.
    #[arg(long)]
    note: Option<String>,
    /// The new place in the collection.
    #[arg(long)]
    position: Option<u64>,
}

/// The attributes of Python's `Collection`, in their order.
const COLLECTION: &[&str] = &[
    "slug",
    "title",
    "owner",
    "items",
    "last_updated",
    "position",
    "private",
    "theme",
    "upvotes",
    "description",
];

pub(crate) fn run(command: CollectionsCommand, output: Output) -> Done {
    runtime::run(run_async(command, output))
}

async fn run_async(command: CollectionsCommand, output: Output) -> Done {
    match command {
        CollectionsCommand::AddItem(args) => {
            let hub = Hub::connect(&args.token, output).await?;
            let arguments = json!({
                "collection_slug": args.collection_slug,
                "item_id": args.item_id,
                "item_type": args.item_type,
                "note": args.note,
                "exists_ok": args.exists_ok.exists_ok,
            });
            let collection = hub.call("add_collection_item", arguments).await?;
            let url = url(&hub.api, collection)?;
            hub.result(
                "Item added to collection",
                &[("slug", json!(args.collection_slug)), ("url", json!(url))],
            )
        }
        CollectionsCommand::Create(args) => {
            let hub = Hub::connect(&args.token, output).await?;
            let arguments = json!({
                "title": args.title,
                "namespace": args.namespace,
                "description": args.description,
                "private": args.private.private() == Some(true),
                "exists_ok": args.exists_ok.exists_ok,
            });
            changed(&hub, "create_collection", arguments, "Collection created").await
        }
        CollectionsCommand::Delete {
            collection,
            missing_ok,
        } => {
            let hub = Hub::connect(&collection.token, output).await?;
            let slug = &collection.collection_slug;
            let arguments = json!({"collection_slug": slug, "missing_ok": missing_ok.missing_ok});
            hub.call("delete_collection", arguments).await?;
            hub.result("Collection deleted", &[("slug", json!(slug))])
        }
        CollectionsCommand::DeleteItem { item, missing_ok } => {
            let hub = Hub::connect(&item.token, output).await?;
            let slug = &item.collection_slug;
            let arguments = json!({
                "collection_slug": slug,
                "item_object_id": item.item_object_id,
                "missing_ok": missing_ok.missing_ok,
            });
            hub.call("delete_collection_item", arguments).await?;
            hub.result("Item deleted from collection", &[("slug", json!(slug))])
        }
        CollectionsCommand::Info(args) => {
            let hub = Hub::connect(&args.token, output).await?;
            let arguments = hub::one("collection_slug", &args.collection_slug);
            let collection = hub.call("get_collection", arguments).await?;
            hub.dict(&Facts::fields(&collection, COLLECTION))
        }
        CollectionsCommand::List(args) => {
            let hub = Hub::connect(&args.token, output).await?;
            let arguments = json!({
                "owner": args.owner, "item": args.item, "sort": args.sort, "limit": args.limit,
            });
            let found = hub.items("list_collections", arguments, args.limit).await?;
            hub.table(hub::rows(&found, COLLECTION), &[], "slug")
        }
        CollectionsCommand::Update(args) => {
            let hub = Hub::connect(&args.collection.token, output).await?;
            let arguments = json!({
                "collection_slug": args.collection.collection_slug,
                "title": args.title,
                "description": args.description,
                "position": args.position,
                "private": args.private.private(),
                "theme": args.theme,
            });
            changed(
                &hub,
                "update_collection_metadata",
                arguments,
                "Collection updated",
            )
            .await
        }
        CollectionsCommand::UpdateItem(args) => {
            let hub = Hub::connect(&args.item.token, output).await?;
            let slug = &args.item.collection_slug;
            let arguments = json!({
                "collection_slug": slug,
                "item_object_id": args.item.item_object_id,
                "note": args.note,
                "position": args.position,
            });
            hub.call("update_collection_item", arguments).await?;
            hub.result("Item updated in collection", &[("slug", json!(slug))])
        }
    }
}

async fn changed(hub: &Hub, method: &str, arguments: Value, message: &str) -> Done {
    let collection = hub.call(method, arguments).await?;
    let slug = collection["slug"].clone();
    let url = url(&hub.api, collection)?;
    hub.result(message, &[("slug", slug), ("url", json!(url))])
}

/// Returns the URL of the page of a collection.
fn url(api: &HfApi, collection: Value) -> Result<String, Failure> {
    use hf_api::types::WithEndpoint as _;
    let collection: Collection = serde_json::from_value(collection)
        .map_err(|error| Error::decode(format!("the Hub did not return a collection: {error}")))?;
    let endpoint = api.client().endpoint().to_string();
    Ok(collection
        .with_endpoint(endpoint.trim_end_matches('/'))
        .url())
}
