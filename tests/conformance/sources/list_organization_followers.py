from _lists import users

CASES = users({"organization": "openai-community"}, "GET /api/organizations/openai-community/followers", "list_organization_followers")
