from wire import OTHER, case, error, forbidden, sample, unauthorized

AT = "POST /uploads"
PNG = {"base64": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"}



def made(name, path, replies, content=PNG, **more):
    return case(name, {"path": path, **more}, replies, files={path: content})


OK = sample("upload_attachment.1", AT)

CASES = [
    made("minimal", "a.png", [OK]),
    made("all", "sub/é b.JPG", [OK], token=OTHER),
    *[made(f"type_{ext}", f"a.{ext}", [OK], "text") for ext in ("jpeg", "gif", "webp", "mp4", "mov", "mp3", "wav", "pdf", "txt", "zip", "svg", "webm", "csv", "json")],
    case("unknown_type", {"path": "a.exe"}, files={"a.exe": "x"}),
    case("no_extension", {"path": "a"}, files={"a": "x"}),
    case("missing_file", {"path": "no.png"}),
    made("empty_file", "a.png", [OK], ""),
    made("too_large", "a.png", [error(AT, 413, "File too large")]),
    made("unauthorized", "a.png", [unauthorized(AT)], token=False),
    made("forbidden", "a.png", [forbidden(AT)]),
]
for one in CASES:
    if one["name"].startswith("type_"):
        one["unused"] = True
