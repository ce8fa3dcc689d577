"""Prints a Parquet file, as pyarrow reads it, as JSON: rows of texts (a float by its bits, a time in microseconds)."""

import json
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def text(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"))
    return str(value)


table = pq.read_table(sys.argv[1])
columns = [
    column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in table.columns
]
json.dump([[text(value) for value in row] for row in zip(*(column.to_pylist() for column in columns))], sys.stdout)
