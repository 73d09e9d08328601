from _simple import delete_ref

CASES = delete_ref("tag", "tag")
