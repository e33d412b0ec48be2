"""Arrow batches → JSON records: what columnar files (Parquet) hold, in the one form that every typing query reads.

Values are written exactly: whole numbers in full, moments in ISO 8601 with their offset, bytes as text where they are
UTF-8. A number that is no number (NaN, as some tools write a missing one) counts as missing.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.json_rows import JsonRecords
from connectors.rejects import Reject
from connectors.typed import literal, quoted


def unique_names(names: list[str]) -> list[str]:
    """Names told apart as those of CSV headers are: the second `x` is `x#2`; DuckDB folds case, so `X` counts as well."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        bare = name or "column"
        seen[bare.lower()] = count = seen.get(bare.lower(), 0) + 1
        result.append(bare if count == 1 else f"{bare}#{count}")
    return result


def json_records(con: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, first: int, most: int) -> JsonRecords:
    """The rows of a batch as JSON texts, numbered from `first`.

    Args:
        con: where the texts are made.
        batch: the rows; the names of its columns differ by more than their case.
        first: number of the first row in its file.
        most: largest record in bytes; a larger one is rejected.
    """
    lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
    table = pa.Table.from_batches([batch.rename_columns(unique_names(batch.schema.names))])
    con.register("columnar", table)
    try:
        pairs = ", ".join(f"{literal(f.name)}, {_value(f)}" for f in table.schema)
        texts = con.sql(f"SELECT CAST(json_object({pairs}) AS VARCHAR) AS text FROM columnar").to_arrow_table()["text"]
    finally:
        con.unregister("columnar")
    array = texts.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], pa.string())
    sizes = pc.binary_length(array)
    large = pc.greater(sizes, most)
    if not pc.any(large).as_py():
        return JsonRecords(array, lines, [], suspicious=True)
    found = zip(lines[large.to_numpy(zero_copy_only=False)].tolist(), sizes.filter(large).to_pylist(), strict=True)
    rejects = [Reject(line, f"the record has {size:,} bytes; the limit is {most:,}", "") for line, size in found]
    keep = pc.invert(large)
    return JsonRecords(array.filter(keep), lines[keep.to_numpy(zero_copy_only=False)], rejects, suspicious=True)


def _value(field: pa.Field) -> str:
    """SQL of a column's value as a member of a JSON object."""
    name, kind = quoted(field.name), field.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_floating(kind):
        infinite = f"CASE WHEN NOT isnan({name}) THEN to_json(CAST({name} AS VARCHAR)) END"
        return f"CASE WHEN isfinite({name}) THEN to_json({name}) ELSE {infinite} END"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return f"coalesce(TRY(decode({name})), hex({name}))"
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        # As UTC, whatever zone the file shows it in.
        return f"strftime(timezone('UTC', {name}), '%Y-%m-%dT%H:%M:%S.%fZ')"
    if pa.types.is_decimal(kind) or pa.types.is_temporal(kind):
        return f"CAST({name} AS VARCHAR)"
    return name
