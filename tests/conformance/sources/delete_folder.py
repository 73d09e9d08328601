from _commits import committed
from _deletions import cases
from wire import case

BASE = {"path_in_repo": "a/dir", "repo_id": "u/r"}

CASES = cases(BASE) + [case("with_slash", {**BASE, "path_in_repo": "a/dir/"}, [committed()])]
