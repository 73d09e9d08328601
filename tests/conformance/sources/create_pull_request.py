from _new_discussion import cases

CASES = cases("create_pull_request.1", 2)
