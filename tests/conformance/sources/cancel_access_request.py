from _access import handle

CASES = handle()
