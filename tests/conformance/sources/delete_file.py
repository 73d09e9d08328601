from _commits import committed
from _deletions import cases
from wire import case

BASE = {"path_in_repo": "a/old.txt", "repo_id": "u/r"}

CASES = cases(BASE) + [case("folder_by_slash", {**BASE, "path_in_repo": "a/dir/"}, [committed()])]
