from _endpoint_calls import on_endpoint

CASES = on_endpoint("scale_to_zero_inference_endpoint", suffix="/scale-to-zero")
