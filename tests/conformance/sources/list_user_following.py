from _lists import users

CASES = users({"username": "julien-c"}, "GET /api/users/julien-c/following", "list_user_following")
