from _requests import requests

CASES = requests("accepted", "list_accepted_access_requests")
