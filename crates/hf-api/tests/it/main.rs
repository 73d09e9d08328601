//! Calls as a user makes them, against the embedded Hub.

mod blocking;
mod buckets;
mod creations;
mod documented_errors;
mod every_call;
mod inference_endpoint_wait;
mod programs;
mod safetensors_metadata;
mod services;
mod uploads;
mod walk;
mod ways_to_call;
