from _lists import users

CASES = users({"organization": "openai-community"}, "GET /api/organizations/openai-community/members", "list_organization_members")
