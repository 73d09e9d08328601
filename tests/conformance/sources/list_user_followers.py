from _lists import users

CASES = users({"username": "julien-c"}, "GET /api/users/julien-c/followers", "list_user_followers")
