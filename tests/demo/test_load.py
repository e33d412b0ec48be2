"""The project's own reader takes every generated file, and refuses exactly the rows that were broken on purpose."""

from collections import Counter

import pytest

from connectors.reader import Limits, Unrecognised, inspect, open_part
from connectors.registry import load_specs

VENDORS = (
    *("delighted", "qualtrics", "salesforce", "zendesk", "amplitude"),
    *("jira", "linear", "productboard", "launches", "content", "enablement", "pendo"),
    *("hris", "calendar", "registry"),
)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_file_loads_with_the_counted_rejects(sample, vendor: str) -> None:
    specs = [spec for spec in load_specs().values() if spec.vendor == vendor]
    limits = Limits()
    read: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    drift = set()
    for path in sorted((sample.inbox / vendor).rglob("*")):
        if not path.is_file():
            continue
        for part in inspect(path, path.relative_to(sample.inbox).as_posix(), specs, limits):
            assert not isinstance(part, Unrecognised), part
            stream = f"{vendor}.{part.spec.stream}"
            opened = open_part(path, part, limits)
            for batch in opened:
                read[stream] += batch.rows.num_rows + batch.rejects.num_rows
                rejected[stream] += batch.rejects.num_rows
            drift |= {(stream, d.column) for d in opened.drift if d.kind == "unknown_column"}
    wanted = {name: row for name, row in sample.truth["streams"].items() if name.startswith(f"{vendor}.")}
    assert dict(read) == {name: row["rows_read"] for name, row in wanted.items()}
    assert {name: rejected[name] for name in wanted} == {name: row["quarantined"] for name, row in wanted.items()}
    for stream, columns in sample.truth["unknown_columns"].items():
        if stream.startswith(f"{vendor}."):
            assert {(stream, column) for column in columns} <= drift
