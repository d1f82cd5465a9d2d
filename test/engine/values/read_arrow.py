"""Reads what arrow_test.ts wrote with pyarrow, and compares it with the JSON beside it."""

import decimal
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.ipc as ipc

folder = pathlib.Path(sys.argv[1])


def comparable(value):
    """Both sides in one form: numbers as numbers, decimals as text, maps as dicts."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return {str(key): comparable(item) for key, item in value}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    return value


for path in sorted(folder.glob("*.stream")) + sorted(folder.glob("*.file")):
    opened = ipc.open_stream if path.suffix == ".stream" else ipc.open_file
    table = opened(path.read_bytes()).read_all()
    table.validate(full=True)
    rows = json.loads(path.with_suffix(".json").read_text())
    assert table.num_rows == len(rows), f"{path.name}: {table.num_rows} rows"
    if path.stem == "nested":
        for name in table.column_names:
            ours = [comparable(item) for item in table[name].to_pylist()]
            assert ours == [row[name] for row in rows], f"{path.name}: column {name} differs"
    if path.stem == "all":
        assert pa.types.is_dictionary(table.schema.field("large_enum").type)
        for name in ["hugeint", "dec38_10", "dec_4_1", "uuid", "varchar", "uhugeint", "bit"]:
            ours = [None if item is None else str(item) for item in table[name].to_pylist()]
            assert ours == [None if row[name] is None else str(row[name]) for row in rows], name
