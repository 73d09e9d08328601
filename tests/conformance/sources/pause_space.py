from _space import runtime

CASES = runtime({}, "POST /api/spaces/u/s/pause", "pause_space")
