//! The way to a store: tokens, and each of its routes.
//!
//! ```text
//! tokens            one token per route and account: cached, renewed, never asked for twice at once
//!   token           what the Hub says of a store; its URL is checked here
//!   route           where on the Hub one gets it
//! cas               a store: requests with its token
//!   xorbs, shards   uploads: by grant or directly, in the newer or the older form
//!   reconstruction  how a file is put together
//! ```
//!
//! Everything goes through the [`Client`](hf_transport::Client) of the caller: its layers, proxies, certificates, limits of
//! time and retries hold for the store as they do for the Hub. The Hub's token is sent to the Hub only, the store's token to
//! the store only, and signed URLs get none.

mod cas;
mod reconstruction;
mod route;
mod shards;
mod store_url;
mod token;
mod tokens;
mod xorbs;

pub use cas::CasClient;
pub use route::{Access, TokenRoute};
pub use store_url::StoreUrl;
pub use token::StoreToken;
pub use tokens::TokenCache;
pub use xorbs::XorbSent;
