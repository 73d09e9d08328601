"""Writes the files of this folder with the Python package `safetensors` (0.8.0)."""

import numpy
from safetensors.numpy import save_file

save_file(
    {
        "f32": numpy.arange(6, dtype=numpy.float32).reshape(2, 3),
        "f64": numpy.array([1.5, -2.5]),
        "f16": numpy.array([0.5, 1.0, 2.0], dtype=numpy.float16),
        "c64": numpy.array([1 + 2j], dtype=numpy.complex64),
        "i64": numpy.array(-7),
        "u64": numpy.array([2**64 - 1], dtype=numpy.uint64),
        "i32": numpy.array([[1], [2]], dtype=numpy.int32),
        "u32": numpy.array([4294967295], dtype=numpy.uint32),
        "i16": numpy.array([-3], dtype=numpy.int16),
        "u16": numpy.array([65535], dtype=numpy.uint16),
        "i8": numpy.array([-1, 0, 1], dtype=numpy.int8),
        "u8": numpy.array([255], dtype=numpy.uint8),
        "bool": numpy.array([True, False]),
        "empty": numpy.zeros((0, 4), dtype=numpy.float32),
        'tab\t"é😀': numpy.array([1], dtype=numpy.uint8),
    },
    "python-dtypes.safetensors",
    metadata={"format": "np"},
)
save_file({}, "python-empty.safetensors")
save_file({"a": numpy.arange(4, dtype=numpy.int32)}, "python-plain.safetensors")
