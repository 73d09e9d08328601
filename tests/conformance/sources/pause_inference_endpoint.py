from _endpoint_calls import on_endpoint

CASES = on_endpoint("pause_inference_endpoint", suffix="/pause")
