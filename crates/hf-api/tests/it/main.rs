//! Calls as a user makes them, against the embedded Hub.

mod blocking;
mod every_call;
mod inference_endpoint_wait;
mod programs;
mod safetensors_metadata;
mod uploads;
mod ways_to_call;
