from _requests import requests

CASES = requests("rejected", "list_rejected_access_requests", bare_sample=2)
