//! `hf models card`, `hf datasets card` and `hf spaces card`.

use hf_testhub::RepoType;
use serde_json::json;

use crate::support::Shell;

const README: &str =
    "---\nlicense: mit # why\nlanguage: no\ntags: [a, b]\nnothing:\n---\n# Title\n\nText.\n";

fn with_card(kind: RepoType, readme: &str) -> Shell {
    let shell = Shell::logged_in();
    shell.hub.create_repo(kind, "user/demo");
    shell.hub.add_file((kind, "user/demo"), "README.md", readme);
    shell
}

#[test]
fn a_card_is_printed_whole_or_in_part() {
    for (kind, group) in [
        (RepoType::Model, "models"),
        (RepoType::Dataset, "datasets"),
        (RepoType::Space, "spaces"),
    ] {
        let shell = with_card(kind, README);
        let ran = shell.run(&format!("{group} card user/demo"));
        assert_eq!(ran.stdout, README);
        assert!(
            ran.stderr
                .contains(&format!("`hf {group} card user/demo --metadata`")),
            "{}",
            ran.stderr
        );
        assert_eq!(shell.prints(&format!("{group} card user/demo -q")), README);
        assert_eq!(
            shell.prints(&format!("{group} card user/demo --text")),
            "# Title\n\nText.\n"
        );
        let metadata = json!({"license": "mit", "language": "no", "tags": ["a", "b"]});
        assert_eq!(
            shell.json(&format!("{group} card user/demo --metadata")),
            metadata
        );
        let shown = shell.prints(&format!("{group} card user/demo --metadata"));
        assert!(shown.starts_with("{\n  \"license\": \"mit\","), "{shown}");
        assert_eq!(
            shell.json(&format!("{group} card user/demo")),
            json!({"content": README})
        );
        assert_eq!(
            shell.json(&format!("{group} card user/demo --text")),
            json!({"text": "# Title\n\nText.\n"})
        );
    }
}

#[test]
fn a_card_with_broken_metadata_can_still_be_seen() {
    let readme = "---\nlicense: [mit\n---\n# Title\n";
    let shell = with_card(RepoType::Model, readme);
    assert_eq!(shell.prints("models card user/demo -q"), readme);
    let said = shell.fails(1, "models card user/demo --metadata");
    assert!(said.contains("README.md: line 2"), "{said}");
}

#[test]
fn what_is_missing_is_named() {
    let shell = with_card(RepoType::Model, README);
    let said = shell.run("models card user/absent");
    assert_ne!(said.status, Some(0));
    assert!(
        said.stderr.contains("Model 'user/absent' not found"),
        "{}",
        said.stderr
    );
    shell.hub.create_repo(RepoType::Model, "user/bare");
    let said = shell.run("models card user/bare");
    assert_ne!(said.status, Some(0));
    assert!(said.stderr.contains("README.md"), "{}", said.stderr);
    shell.refuses(&["models card", "models card user/demo --text --metadata"]);
}
