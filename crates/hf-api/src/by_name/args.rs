//! The named JSON arguments of a call, read one by one and written back.

use std::time::Duration;

use serde_json::{Map, Value};

use super::json_arg::kind_of;
use super::{CallSpec, JsonArg};
use crate::call::Context;
use crate::{HfApi, Token, TokenMode};

/// The named JSON arguments of a call, taken one by one.
#[derive(Debug)]
pub struct Args {
    api: HfApi,
    spec: &'static CallSpec,
    map: Map<String, Value>,
}

impl Args {
    pub(crate) fn new(api: HfApi, spec: &'static CallSpec, map: Map<String, Value>) -> Self {
        Self { api, spec, map }
    }

    /// Takes the options that every call has: `token`, and `timeout` where the
    /// method has it.
    ///
    /// # Errors
    /// `Validation` for a name that the call does not know.
    pub(crate) fn context(&mut self, spec: &CallSpec) -> crate::Result<Context> {
        let known = |name: &String| spec.argument_names().any(|known| known == name);
        if let Some(unknown) = self.map.keys().find(|name| !known(name)) {
            return Err(spec.unknown_argument(unknown));
        }
        let mut context = Context::on(&self.api);
        match self.map.remove("token") {
            None | Some(Value::Null) => {}
            Some(Value::Bool(true)) => context.set_token(TokenMode::Required.into()),
            Some(Value::Bool(false)) => context.set_token(TokenMode::None.into()),
            Some(Value::String(token)) => {
                context.set_token(TokenMode::Explicit(Token::new(&token)?).into());
            }
            Some(other) => {
                return spec.wrong_type("token", "a string or a boolean", kind_of(&other));
            }
        }
        if spec.timeout
            && let Some(value) = self.map.remove("timeout")
            && !value.is_null()
        {
            let seconds = value
                .as_f64()
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            match seconds {
                Some(seconds) => context.set_timeout(seconds),
                None => {
                    return spec.wrong_type("timeout", "a number of seconds", kind_of(&value));
                }
            }
        }
        Ok(context)
    }

    /// Takes an argument that must be there.
    pub(crate) fn required<T: JsonArg>(&mut self, name: &str) -> crate::Result<T> {
        match self.map.remove(name) {
            Some(value) => self.read(name, value),
            None => Err(self
                .spec
                .refuse(&format!("the argument `{name}` is missing"))),
        }
    }

    /// Takes an argument, or its default where it is left out or null.
    pub(crate) fn optional<T: JsonArg>(
        &mut self,
        name: &str,
        default: impl FnOnce() -> T,
    ) -> crate::Result<T> {
        match self.map.remove(name) {
            None | Some(Value::Null) => Ok(default()),
            Some(value) => self.read(name, value),
        }
    }

    fn read<T: JsonArg>(&self, name: &str, value: Value) -> crate::Result<T> {
        T::from_json(value).map_err(|problem| self.spec.refuse(&format!("`{name}`: {problem}")))
    }
}

/// Writes a parameter into named arguments; null is left out.
pub(crate) fn put<T: JsonArg>(map: &mut Map<String, Value>, name: &str, value: &T) {
    let value = value.to_json();
    if !value.is_null() {
        map.insert(name.to_owned(), value);
    }
}

/// Writes the options of a call into named arguments. A token is never written.
pub(crate) fn options_to_args(context: &Context, spec: &CallSpec) -> Map<String, Value> {
    let options = context.options();
    let mut map = Map::new();
    match options.token() {
        TokenMode::None => {
            map.insert("token".into(), Value::Bool(false));
        }
        TokenMode::Required => {
            map.insert("token".into(), Value::Bool(true));
        }
        _ => {}
    }
    if let (true, Some(timeout)) = (spec.timeout, options.timeout()) {
        map.insert("timeout".into(), timeout.as_secs_f64().into());
    }
    map
}
