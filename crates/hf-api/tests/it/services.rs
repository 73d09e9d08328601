//! The services beside the Hub, and where their addresses come from.

use std::process::Command;

use hf_api::{Client, HfApi, Services};

const OTHER: &str = "http://services.test/other";

fn is_child() -> bool {
    std::env::var_os("HF_SERVICES_CHILD").is_some()
}

/// Runs the test `name` of this program again, in an environment that names other services.
fn again_elsewhere(name: &str) {
    let status = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .env("HF_SERVICES_CHILD", "1")
        .env("HF_INFERENCE_ENDPOINTS_ENDPOINT", OTHER)
        .env("HF_INFERENCE_CATALOG_ENDPOINT", OTHER)
        .env("HF_DATASETS_SERVER_ENDPOINT", OTHER)
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_client_built_elsewhere_does_not_read_the_environment_and_the_builder_does() {
    if !is_child() {
        return again_elsewhere(
            "services::a_client_built_elsewhere_does_not_read_the_environment_and_the_builder_does",
        );
    }
    let client = Client::builder().no_token().build().unwrap();
    assert_eq!(*HfApi::from_client(client).services(), Services::new());
    let named = Services::new()
        .inference_endpoints(OTHER)
        .inference_catalog(OTHER)
        .datasets_server(OTHER);
    assert_eq!(
        *HfApi::builder().no_token().build().unwrap().services(),
        named
    );
    let own = Services::new().datasets_server("http://mine.test");
    let api = HfApi::builder().no_token().services(own.clone()).build();
    assert_eq!(*api.unwrap().services(), own, "what the program says wins");
}
