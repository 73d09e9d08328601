from _simple import by_id
from wire import body, case, reply

AT = "GET /api/spaces/hardware"

CASES = by_id({}, AT, body("list_spaces_hardware.1")) + [
    case("none", {}, [reply(AT, body=[])]),
    case("newer_answer", {}, [reply(AT, body=[{"name": "quantum-x9", "prettyName": "Q é", "cpu": "1", "ram": "2", "unitCostMicroUSD": 2**53 + 1, "unitCostUSD": 0.000167,
        "unitLabel": "minute", "brandNew": 1, "accelerator": {"type": "qpu", "model": "X", "quantity": "1", "vram": "1 GB", "manufacturer": "Q", "brandNew": 1}}])]),
]
