//! Where a call runs, and the options every call takes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::ProgressSink;
use serde_json::{Map, Value};

use super::CallSpec;
use crate::{HfApi, Result, TokenMode};

/// The options of one call.
#[derive(Clone, Default)]
pub struct CallOptions {
    /// The token it sends.
    pub token: TokenMode,
    /// The time each of its requests may take, answer included.
    pub timeout: Option<Duration>,
    /// Further headers of each request.
    pub headers: Vec<(String, String)>,
    /// Where it tells of progress, if it moves files.
    pub progress: Option<Arc<dyn ProgressSink>>,
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("token", &self.token)
            .field("timeout", &self.timeout)
            .field("headers", &self.headers)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}

/// The client a call runs on, and its options.
#[derive(Debug, Clone, Default)]
pub struct Context {
    api: Option<HfApi>,
    /// The options of this call.
    pub options: CallOptions,
}

impl Context {
    /// A call on `api`, with the options `api` stands for.
    pub fn on(api: &HfApi) -> Self {
        Self {
            options: api.options().clone(),
            api: Some(api.clone()),
        }
    }

    /// The client, the default one where none was named, with the options.
    pub(crate) fn api(&self) -> Result<HfApi> {
        let api = match &self.api {
            Some(api) => api.clone(),
            None => crate::default_api()?,
        };
        Ok(api.with_options(self.options.clone()))
    }

    /// The options as named JSON values. A token is never written.
    pub fn to_args(&self, spec: &CallSpec) -> Map<String, Value> {
        let mut map = Map::new();
        match self.options.token {
            TokenMode::None => {
                map.insert("token".into(), Value::Bool(false));
            }
            TokenMode::Required => {
                map.insert("token".into(), Value::Bool(true));
            }
            _ => {}
        }
        if let (true, Some(timeout)) = (spec.timeout, self.options.timeout) {
            map.insert("timeout".into(), timeout.as_secs_f64().into());
        }
        map
    }
}
