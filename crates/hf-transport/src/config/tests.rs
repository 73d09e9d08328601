use super::*;
use crate::error::ErrorKind;

fn config(pairs: &[(&str, &str)]) -> Result<Config> {
    Config::from_lookup(|name| {
        pairs
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    })
}

#[test]
fn places() {
    let home = ("HOME", "/h");
    for (pairs, hf_home, hub, token) in [
        (
            vec![home],
            "/h/.cache/huggingface",
            "/h/.cache/huggingface/hub",
            "/h/.cache/huggingface/token",
        ),
        (
            vec![home, ("XDG_CACHE_HOME", "/x")],
            "/x/huggingface",
            "/x/huggingface/hub",
            "/x/huggingface/token",
        ),
        (
            vec![home, ("HF_HOME", "~/hf"), ("XDG_CACHE_HOME", "/x")],
            "/h/hf",
            "/h/hf/hub",
            "/h/hf/token",
        ),
        (
            vec![home, ("HF_HOME", "$A/${B}/$C"), ("A", "/a"), ("B", "b")],
            "/a/b/$C",
            "/a/b/$C/hub",
            "/a/b/$C/token",
        ),
        (
            vec![
                ("HF_HOME", "/f"),
                ("HF_HUB_CACHE", "/c"),
                ("HUGGINGFACE_HUB_CACHE", "/o"),
            ],
            "/f",
            "/c",
            "/f/token",
        ),
        (
            vec![
                ("HF_HOME", "/f"),
                ("HUGGINGFACE_HUB_CACHE", "/o"),
                ("HF_TOKEN_PATH", "/t/k"),
            ],
            "/f",
            "/o",
            "/t/k",
        ),
    ] {
        let config = config(&pairs).unwrap();
        assert_eq!(
            (config.hf_home, config.hub_cache, config.token_path),
            (hf_home.into(), hub.into(), token.into()),
        );
    }
}

#[test]
fn switches_and_limits() {
    let config = config(&[
        ("HF_HOME", "/f"),
        ("HF_ENDPOINT", "http://h/p/"),
        ("TRANSFORMERS_OFFLINE", "On"),
        ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "0"),
        ("HF_HUB_ETAG_TIMEOUT", "1.5"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "0"),
        ("HF_HUB_DISABLE_PROGRESS_BARS", "no"),
        ("REQUESTS_CA_BUNDLE", "/ca.pem"),
        ("https_proxy", "http://u:secret@p:1"),
    ])
    .unwrap();
    assert_eq!(config.endpoint.as_str(), "http://h/p");
    assert!(config.offline && !config.disable_implicit_token);
    assert_eq!(config.etag_timeout, Duration::from_millis(1_500));
    assert_eq!(config.download_timeout, Duration::from_secs(10));
    assert_eq!(config.disable_progress_bars, Some(false));
    assert_eq!(config.ca_bundle, [PathBuf::from("/ca.pem")]);
    assert!(config.proxies.https.is_some());
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn a_wrong_value_names_its_variable() {
    for (name, value) in [
        ("HF_ENDPOINT", "huggingface"),
        ("HF_HUB_ETAG_TIMEOUT", "soon"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "-1"),
    ] {
        let error = config(&[("HF_HOME", "/f"), (name, value)]).unwrap_err();
        assert!(error.to_string().starts_with(name), "{error}");
    }
}

#[test]
fn proxy_variables_are_read_as_python_reads_them() {
    type Case = (
        &'static [(&'static str, &'static str)],
        Option<&'static str>,
    );
    let cases: [Case; 9] = [
        (&[("HTTP_PROXY", "http://a")], Some("http://a")),
        (&[("http_proxy", "http://b")], Some("http://b")),
        (
            &[("HTTP_PROXY", "http://a"), ("http_proxy", "http://b")],
            Some("http://b"),
        ),
        (&[("HTTP_PROXY", "http://a"), ("http_proxy", "")], None),
        (&[("HTTP_PROXY", "")], None),
        (&[("HTTP_PROXY", " http://a \r")], Some("http://a")),
        (&[("HTTP_PROXY", "http://a"), ("http_proxy", " ")], None),
        // A request header `Proxy` becomes HTTP_PROXY in a CGI program.
        (
            &[("HTTP_PROXY", "http://a"), ("REQUEST_METHOD", "GET")],
            None,
        ),
        (
            &[("http_proxy", "http://b"), ("REQUEST_METHOD", "GET")],
            Some("http://b"),
        ),
    ];
    for (pairs, expected) in cases {
        let mut pairs = pairs.to_vec();
        pairs.push(("HF_HOME", "/f"));
        let config = config(&pairs).unwrap();
        assert_eq!(config.proxies.http.as_deref(), expected, "{pairs:?}");
    }
}

#[test]
fn flags_have_no_white_space_around_them() {
    for (value, is_true) in [
        ("1\r", true),
        (" true ", true),
        ("0\r", false),
        ("2", false),
    ] {
        let config = config(&[("HF_HOME", "/f"), ("HF_HUB_OFFLINE", value)]).unwrap();
        assert_eq!(config.offline, is_true, "{value:?}");
    }
    // As in Python, HF_HUB_OFFLINE goes first even where it is false, unless it is empty.
    for (value, offline) in [("0", false), ("", true)] {
        let pairs = [
            ("HF_HOME", "/f"),
            ("HF_HUB_OFFLINE", value),
            ("TRANSFORMERS_OFFLINE", "1"),
        ];
        assert_eq!(config(&pairs).unwrap().offline, offline);
    }
}

#[test]
fn without_a_home_folder_nothing_is_kept_in_the_current_one() {
    for pairs in [&[][..], &[("HOME", "")], &[("HF_HOME", "~/hf")]] {
        let error = config(pairs).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains("HF_HOME"), "{error}");
    }
    let config = config(&[("HF_HOME", "/f"), ("XDG_CACHE_HOME", "")]);
    assert_eq!(config.unwrap().hf_home, PathBuf::from("/f"));
}

#[test]
fn an_empty_cache_home_counts_as_unset() {
    for name in ["XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"] {
        let config = config(&[("HOME", "/h"), (name, "")]).unwrap();
        assert_eq!(
            config.hub_cache,
            PathBuf::from("/h/.cache/huggingface/hub"),
            "{name}"
        );
    }
}

#[cfg(unix)]
#[test]
fn another_users_home_is_known() {
    let list = std::fs::read_to_string("/etc/passwd").unwrap();
    let root = list.lines().find(|line| line.starts_with("root:")).unwrap();
    let home = PathBuf::from(root.split(':').nth(5).unwrap());
    for (value, expected) in [
        ("~root/hf", home.join("hf")),
        ("~root", home),
        ("~nobody-knows/hf", PathBuf::from("~nobody-knows/hf")),
    ] {
        assert_eq!(config(&[("HF_HOME", value)]).unwrap().hf_home, expected);
    }
}

#[cfg(unix)]
#[test]
fn paths_may_hold_any_bytes_and_nothing_else_may() {
    use std::os::unix::ffi::OsStringExt as _;
    let wild = || OsString::from_vec(b"/data/\xff".to_vec());
    let lookup = |wanted: &'static str| {
        Config::from_lookup(move |name| match name {
            "HOME" => Some(OsString::from("/h")),
            _ => (name == wanted).then(wild),
        })
    };
    assert_eq!(lookup("HF_HOME").unwrap().hf_home, PathBuf::from(wild()));
    assert_eq!(
        lookup("HF_HUB_CACHE").unwrap().hub_cache,
        PathBuf::from(wild())
    );
    assert_eq!(
        lookup("HF_TOKEN_PATH").unwrap().token_path,
        PathBuf::from(wild())
    );
    assert_eq!(
        lookup("HF_XET_CACHE").unwrap().xet_cache,
        PathBuf::from(wild())
    );
    assert_eq!(
        lookup("SSL_CERT_FILE").unwrap().ca_bundle,
        [PathBuf::from(wild())]
    );
    assert_eq!(
        lookup("SSL_CERT_DIR").unwrap().ca_bundle,
        [PathBuf::from(wild())]
    );
    for name in [
        "HF_ENDPOINT",
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
        "HF_HUB_ETAG_TIMEOUT",
        "HF_HUB_DISABLE_XET",
        "HF_HUB_USER_AGENT_ORIGIN",
        "HTTP_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "no_proxy",
    ] {
        let error = lookup(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().starts_with(name), "{error}");
    }
    // A variable inside a path, and the home folder, may hold any bytes as well.
    let config = Config::from_lookup(|name| match name {
        "HF_HOME" => Some(OsString::from("$WHERE/~/x")),
        "HF_HUB_CACHE" => Some(OsString::from("~/hub")),
        "HOME" | "WHERE" => Some(wild()),
        _ => None,
    })
    .unwrap();
    assert_eq!(config.hf_home, PathBuf::from(wild()).join("~/x"));
    assert_eq!(config.hub_cache, PathBuf::from(wild()).join("hub"));
}

#[test]
fn the_roots_of_trust_by_variable() {
    let folders = std::env::join_paths(["/a", "/b"]).unwrap();
    let folders = folders.to_str().unwrap();
    for (pairs, expected) in [
        (
            vec![("SSL_CERT_FILE", "/f"), ("SSL_CERT_DIR", "/a")],
            vec!["/f"],
        ),
        (vec![("SSL_CERT_DIR", folders)], vec!["/a", "/b"]),
        (
            vec![("REQUESTS_CA_BUNDLE", "/r"), ("CURL_CA_BUNDLE", "/c")],
            vec!["/r"],
        ),
        (
            vec![("SSL_CERT_FILE", ""), ("CURL_CA_BUNDLE", "/c")],
            vec!["/c"],
        ),
        (vec![], vec![]),
    ] {
        let mut all = pairs.clone();
        all.push(("HF_HOME", "/h"));
        let expected: Vec<_> = expected.into_iter().map(PathBuf::from).collect();
        assert_eq!(config(&all).unwrap().ca_bundle, expected, "{pairs:?}");
    }
}
