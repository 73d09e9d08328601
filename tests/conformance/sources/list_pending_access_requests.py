from _requests import requests

CASES = requests("pending", "list_pending_access_requests")
