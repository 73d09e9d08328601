//! Cards in files.

use hf_card::{Card, CardErrorKind, Map, RepoCard};

#[test]
fn a_saved_card_is_whole_and_keeps_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/README.md");
    let mut card = RepoCard::parse("---\na: 1\n---\n").unwrap();
    card.save(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        card.set("a", 2).unwrap();
        card.save(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
    assert_eq!(RepoCard::load(&path).unwrap().content(), card.content());
    let files: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(files.len(), 1);
    let error = Card::<Map>::load(folder.path().join("absent.md")).unwrap_err();
    assert_eq!(error.kind(), CardErrorKind::Io);
    assert!(error.to_string().contains("absent.md"), "{error}");
    let error = card.save(folder.path().join("new")).unwrap_err();
    assert_eq!(error.kind(), CardErrorKind::Io);
}
