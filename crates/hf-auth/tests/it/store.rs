//! The files of tokens.

use std::fs;

use hf_auth::{Login, StoredToken, TokenStore};
use hf_transport::{ErrorKind, Token};
use proptest::prelude::*;

use crate::support::{World, oauth_token, token};

#[tokio::test]
async fn a_login_stores_the_token_under_its_name_and_makes_it_active() {
    let world = World::new().await;
    let secret = world.hub.token();
    let login = Login::token(token(secret))
        .run(&world.client(), &world.store)
        .await
        .unwrap();
    assert_eq!(world.store.active().unwrap(), Some(token(secret)));
    assert_eq!(
        world.store.get(&login.name).unwrap(),
        Some(StoredToken::new(&login.name, token(secret)))
    );
    assert_eq!(fs::read_to_string(world.path("token")).unwrap(), secret);
}

#[tokio::test]
async fn a_token_that_the_hub_does_not_know_is_not_stored() {
    let world = World::new().await;
    let error = Login::token(token("hf_unknown_token"))
        .run(&world.client(), &world.store)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(!format!("{error} {error:?}").contains("hf_unknown_token"));
    let error = Login::token(token("api_org_x"))
        .run(&world.client(), &world.store)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(!world.path("token").exists() && !world.path("stored_tokens").exists());
}

#[test]
fn the_file_is_that_of_pythons_client() {
    let home = tempfile::tempdir().unwrap();
    let store = TokenStore::new(home.path().join("token"));
    store
        .save(oauth_token(
            "oauth-user",
            "hf_oauth_a",
            "hf_oauth_refresh",
            1_798_459_749,
        ))
        .unwrap();
    store
        .save(StoredToken::new("my-token", token("hf_abc%def=:1234")))
        .unwrap();
    assert_eq!(
        fs::read_to_string(store.stored_path()).unwrap(),
        "[my-token]\nhf_token = hf_abc%def=:1234\n\n\
         [oauth-user]\nhf_token = hf_oauth_a\nrefresh_token = hf_oauth_refresh\nexpires_at = 1798459749\n\n"
    );
    // Logging in again under the same name drops what was known of the old token.
    store
        .save(StoredToken::new("oauth-user", token("hf_b")))
        .unwrap();
    assert_eq!(
        store.get("oauth-user").unwrap(),
        Some(StoredToken::new("oauth-user", token("hf_b")))
    );
    assert_eq!(
        store.get("my-token").unwrap().unwrap().masked(),
        "hf_****1234"
    );
}

#[test]
fn switching_and_forgetting() {
    let home = tempfile::tempdir().unwrap();
    let store = TokenStore::new(home.path().join("token"));
    let error = store.activate("a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    for name in ["a", "b", "c"] {
        store
            .save(StoredToken::new(name, token(&format!("hf_{name}"))))
            .unwrap();
    }
    let error = store.activate("d").unwrap_err();
    assert!(error.to_string().contains('d') && format!("{:?}", error.hint()).contains("a, b, c"));
    store.activate("b").unwrap();
    assert!(store.remove("a").unwrap());
    assert!(!store.remove("a").unwrap());
    assert_eq!(store.active().unwrap(), Some(token("hf_b")));
    assert!(store.remove("b").unwrap());
    assert_eq!(store.active().unwrap(), None);
    let names: Vec<_> = store
        .list()
        .unwrap()
        .into_iter()
        .map(|stored| stored.name)
        .collect();
    assert_eq!(names, ["c"]);
    store.clear().unwrap();
    store.clear().unwrap();
    assert!(store.list().unwrap().is_empty());
}

#[test]
fn a_broken_file_is_reported_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let store = TokenStore::new(home.path().join("token"));
    for broken in [
        &b"hf_token = x\n"[..],
        b"[a]\nhf_token\n",
        b"[a]\n[a]\n",
        b"[a]\nhf_token = \xff\n",
    ] {
        fs::write(store.stored_path(), broken).unwrap();
        let errors = [
            store.list().unwrap_err(),
            store.get("a").unwrap_err(),
            store
                .save(StoredToken::new("b", token("hf_b")))
                .unwrap_err(),
            store.activate("a").unwrap_err(),
            store.remove("a").unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.to_string().contains("stored_tokens"), "{error}");
        }
        assert_eq!(fs::read(store.stored_path()).unwrap(), broken);
    }
}

#[test]
fn a_section_without_a_usable_token_is_an_error_only_where_it_is_named() {
    let home = tempfile::tempdir().unwrap();
    let store = TokenStore::new(home.path().join("token"));
    fs::write(
        store.stored_path(),
        "[bad]\nnote = x\n\n[good]\nhf_token = hf_good\nexpires_at = soon\n",
    )
    .unwrap();
    assert_eq!(
        store.list().unwrap(),
        [StoredToken::new("good", token("hf_good"))]
    );
    assert_eq!(
        store.activate("bad").unwrap_err().kind(),
        ErrorKind::Validation
    );
    // It is not lost when another one is stored.
    store
        .save(StoredToken::new("new", token("hf_new")))
        .unwrap();
    assert!(
        fs::read_to_string(store.stored_path())
            .unwrap()
            .contains("[bad]\nnote = x\n")
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let home = tempfile::tempdir().unwrap();
    let store = TokenStore::new(home.path().join("new/folder/token"));
    store.save(StoredToken::new("a", token("hf_a"))).unwrap();
    store.activate("a").unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(store.token_path()), 0o600);
    assert_eq!(mode(store.stored_path()), 0o600);
    assert_eq!(mode(&home.path().join("new")), 0o700);

    let dotfiles = home.path().join("dotfiles");
    fs::write(&dotfiles, "").unwrap();
    fs::set_permissions(&dotfiles, fs::Permissions::from_mode(0o644)).unwrap();
    let linked = TokenStore::new(home.path().join("linked/token"));
    fs::create_dir(home.path().join("linked")).unwrap();
    symlink(&dotfiles, linked.stored_path()).unwrap();
    linked.save(StoredToken::new("a", token("hf_a"))).unwrap();
    assert!(
        fs::symlink_metadata(linked.stored_path())
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        fs::read_to_string(&dotfiles).unwrap(),
        "[a]\nhf_token = hf_a\n\n"
    );
    assert_eq!(mode(&dotfiles), 0o600);
}

#[test]
fn names_that_the_format_cannot_hold_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let store = TokenStore::new(home.path().join("token"));
    for name in ["", "DEFAULT", "a\nb", " a", "a\t"] {
        let error = store
            .save(StoredToken::new(name, token("hf_a")))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{name:?}");
    }
    assert!(!store.stored_path().exists());
}

#[test]
fn secrets_do_not_show() {
    let stored = oauth_token("name", "hf_secret_token", "hf_secret_refresh", 17);
    let shown = format!("{stored:?} {}", stored.masked());
    assert!(!shown.contains("secret"), "{shown}");
    assert_eq!(
        StoredToken::new("short", token("hf_short")).masked(),
        "****"
    );
}

#[test]
fn many_writers_lose_nothing() {
    let home = tempfile::tempdir().unwrap();
    let store = TokenStore::new(home.path().join("token"));
    std::thread::scope(|scope| {
        for i in 0..16 {
            let store = &store;
            scope.spawn(move || {
                store
                    .save(StoredToken::new(format!("t{i:02}"), token("hf_x")))
                    .unwrap();
            });
        }
    });
    assert_eq!(store.list().unwrap().len(), 16);
}

proptest! {
    #[test]
    fn any_bytes_are_tokens_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let home = tempfile::tempdir().unwrap();
        let store = TokenStore::new(home.path().join("token"));
        fs::write(store.stored_path(), &bytes).unwrap();
        let _either = store.list();
        prop_assert_eq!(fs::read(store.stored_path()).unwrap(), bytes);
    }

    #[test]
    fn whatever_is_stored_is_read_back(name in "[^\\p{C}]{1,20}", text in "[!-~]{1,40}") {
        prop_assume!(name.trim() == name && !name.is_empty() && name != "DEFAULT");
        let home = tempfile::tempdir().unwrap();
        let store = TokenStore::new(home.path().join("token"));
        let stored = StoredToken::new(name.as_str(), Token::new(&text).unwrap());
        store.save(stored.clone()).unwrap();
        prop_assert_eq!(store.list().unwrap(), vec![stored]);
    }
}
