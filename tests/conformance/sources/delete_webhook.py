from _simple import by_id

CASES = by_id({"webhook_id": "654bbbc16f2ec14d77f109cc"}, "DELETE /api/settings/webhooks/654bbbc16f2ec14d77f109cc", {"success": True})
