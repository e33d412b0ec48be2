"""What every landed stream promises the models behind it, judged on the build database after the load.

A delivery is judged as it was last delivered under its name: a corrected file that replaces a broken one lifts the block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data_quality.suite import (
    EMAIL_PATTERN,
    Between,
    Check,
    Columns,
    Fresh,
    Never,
    NoMatch,
    NoRows,
    NotNull,
    Suite,
    Unique,
    literal,
)

# Moments outside are epoch mistakes or placeholders such as the year 9999; the reader quarantines them.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
# An event may be a little ahead of this machine's clock, or of UTC.
LEAD = timedelta(days=2)
QUARANTINE_WARNING = 0.01
QUARANTINE_BLOCK = 0.5
# Fewer deliveries tell nothing about what is usual.
VOLUME_HISTORY = 5
# A delivery is unusual at a third or at three times the usual size, or farther out where sizes vary more.
VOLUME_FACTOR = 3
VOLUME_DEVIATIONS = 4
SYSTEM_COLUMNS: Mapping[str, str] = {
    "_extra": "JSON",
    "_deleted": "BOOLEAN",
    "_file": "VARCHAR",
    "_line": "BIGINT",
    "_sequence": "BIGINT",
    "_loaded_at": "TIMESTAMPTZ",
    "_batch": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class StreamShape:
    """What the suites need to know of a landed stream.

    Attributes:
        source: vendor.
        stream: stream of the vendor; the table is `raw.<source>__<stream>`.
        columns: DuckDB type by column, those that the loader adds left out.
        key: columns that identify a record.
        required: columns that have a value in every row.
        ranges: smallest and largest accepted number by column.
        timestamps: columns that hold moments.
        event_time: the column that says when the thing happened.
        expected_every_days: how often a delivery is expected.
    """

    source: str
    stream: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float | None, float | None]] | None = None
    timestamps: tuple[str, ...] = ()
    event_time: str | None = None
    expected_every_days: int = 7

    @property
    def table(self) -> str:
        """Name of the table without its schema."""
        return f"{self.source}__{self.stream}"


def landed_suites(streams: Sequence[StreamShape], *, as_of: datetime | None = None) -> tuple[Suite, ...]:
    """One suite per stream, and one of what was delivered and could not be read.

    Args:
        streams: the declared streams.
        as_of: the moment from which freshness is judged; the clock's where None.
    """
    moment = as_of or datetime.now(UTC)
    return (*(_stream_suite(shape, moment) for shape in streams), _deliveries())


def _stream_suite(shape: StreamShape, as_of: datetime) -> Suite:
    checks = (*_rows(shape, as_of), *_accounts(shape), *_arrivals(shape, as_of))
    return Suite(f"landed.{shape.table}", f"raw.{shape.table}", checks, key=shape.key)


def _rows(shape: StreamShape, as_of: datetime) -> list[Check]:
    """What holds for the rows of the table."""
    checks = [
        Check(
            "columns",
            "blocking",
            "Staging models read declared columns by name and type.",
            Columns({**shape.columns, **SYSTEM_COLUMNS}),
        ),
        Check(
            "unique_key",
            "blocking",
            "A record that is there twice counts twice in every mart.",
            Unique(shape.key),
        ),
        Check(
            "required_present",
            "blocking",
            "A record without its key, or without what the vendor always sends, was misread.",
            NotNull(tuple(dict.fromkeys((*shape.key, *shape.required)))),
        ),
        Check(
            "no_email_address",
            "warning",
            "Addresses are replaced or hashed on the way in, so that no table outside the landing area holds one.",
            NoMatch(EMAIL_PATTERN, "@", "e-mail address", without=("_file",)),
        ),
    ]
    for column, (low, high) in (shape.ranges or {}).items():
        protects = f"A {column} that the vendor cannot have sent bends every figure made of it."
        checks.append(Check(f"{column}_in_range", "blocking", protects, Between(column, low, high)))
    for column in shape.timestamps:
        protects = "A moment from an epoch mistake or a placeholder stretches every time axis."
        checks.append(Check(f"{column}_plausible", "blocking", protects, Between(column, EARLIEST, LATEST)))
    if shape.event_time:
        rule = Between(shape.event_time, high=as_of + LEAD)
        protects = "An event from the future points to a wrong zone, unit or clock."
        checks.append(Check(f"{shape.event_time}_not_ahead", "warning", protects, rule))
    return checks


def _accounts(shape: StreamShape) -> list[Check]:
    """What holds between the table and the ledger of files."""
    return [
        Check(
            "balance_is_zero",
            "blocking",
            "Rows of an export were lost without a trace.",
            NoRows(
                f"""
                SELECT file, rows_read, rows_loaded, rows_duplicate, rows_superseded, rows_quarantined
                FROM ops.file
                WHERE {_mine(shape)} AND rows_read IS DISTINCT FROM
                    rows_loaded + rows_duplicate + rows_superseded + rows_quarantined
                """,
                "rows read = loaded + duplicate + superseded + quarantined, for every file",
            ),
        ),
        Check(
            "rows_recounted",
            "blocking",
            "A ledger that nobody recounts balances whatever happened to the rows.",
            NoRows(_recount(shape), "every file has as many rows in raw, history and quarantine as its ledger says"),
        ),
        Check(
            "few_rows_quarantined",
            "warning",
            "Rows that could not be read are missing from every figure.",
            _quarantined_at_most(shape, QUARANTINE_WARNING),
        ),
        Check(
            "most_rows_readable",
            "blocking",
            "A file that is mostly, or wholly, unreadable has changed its format: figures without it would look like a slump.",
            _quarantined_surely_at_most(shape, QUARANTINE_BLOCK),
        ),
    ]


def _quarantined_at_most(shape: StreamShape, share: float) -> NoRows:
    return NoRows(
        f"{_latest_quarantined(shape)} WHERE rows_quarantined > {share} * rows_read",
        f"at most {share:.0%} of a file's rows are quarantined",
    )


def _quarantined_surely_at_most(shape: StreamShape, share: float) -> NoRows:
    """Wilson's lower bound decides: one bad row of one says little about the format, four of four say enough."""
    n, p, z = "rows_read", "(rows_quarantined / rows_read)", 1.96
    lower = f"({p} + {z**2} / (2 * {n}) - {z} * sqrt({p} * (1 - {p}) / {n} + {z**2} / (4 * {n} * {n}))) / (1 + {z**2} / {n})"
    return NoRows(
        f"{_latest_quarantined(shape)} WHERE rows_read > 0 AND {lower} > {share}",
        f"at most {share:.0%} of a file's rows are quarantined, with 95 % confidence",
    )


def _latest_quarantined(shape: StreamShape) -> str:
    return f"""
        SELECT file, rows_read, rows_quarantined, round(rows_quarantined / rows_read, 4) AS share
        FROM (
            SELECT * FROM ops.file WHERE {_mine(shape)}
            QUALIFY row_number() OVER (PARTITION BY file ORDER BY sequence DESC) = 1
        )
        """


def _arrivals(shape: StreamShape, as_of: datetime) -> list[Check]:
    """What holds for the latest delivery beside those before it."""
    mine = _mine(shape)
    due = as_of - timedelta(days=shape.expected_every_days)
    return [
        Check(
            "usual_volume",
            "warning",
            "An export that was cut short, or holds everything twice, looks like a change in what customers do.",
            NoRows(
                f"""
                WITH delivered AS (
                    SELECT sequence, ln(sum(rows_read)) AS size
                    FROM ops.file WHERE {mine} AND state = 'loaded'
                    GROUP BY sequence HAVING sum(rows_read) > 0
                ),
                latest AS (SELECT max(sequence) AS sequence, arg_max(size, sequence) AS size FROM delivered),
                usual AS (
                    SELECT median(size) AS size, 1.4826 * mad(size) AS spread, count(*) AS deliveries
                    FROM delivered WHERE sequence < (SELECT sequence FROM latest)
                )
                SELECT latest.sequence, round(exp(latest.size)) AS rows_read, round(exp(usual.size)) AS usual_rows, deliveries
                FROM latest, usual
                WHERE deliveries >= {VOLUME_HISTORY}
                    AND abs(latest.size - usual.size) > greatest(ln({VOLUME_FACTOR}), {VOLUME_DEVIATIONS} * spread)
                """,
                f"the latest delivery is within {VOLUME_FACTOR} times the usual size, where {VOLUME_HISTORY} came before it",
            ),
        ),
        Check(
            "no_new_drift",
            "warning",
            "A column that came or went means that the vendor's export has changed, and that a value may be missing.",
            NoRows(
                f"""
                WITH mine AS (SELECT * FROM ops.drift WHERE {mine})
                SELECT DISTINCT kind, column_name, detail, file
                FROM mine
                WHERE sequence = (SELECT max(sequence) FROM ops.file WHERE {mine})
                    AND NOT EXISTS (
                        SELECT 1 FROM mine AS earlier
                        WHERE earlier.sequence < mine.sequence AND earlier.kind = mine.kind
                            AND earlier.column_name IS NOT DISTINCT FROM mine.column_name
                    )
                """,
                "the latest delivery differs from the spec in no way that earlier ones did not",
            ),
        ),
        Check(
            "fresh",
            "warning",
            "Figures about a source that has stopped arriving describe the past as if it were today.",
            Fresh("loaded_at", due, f"ops.file WHERE {mine} AND state = 'loaded'"),
        ),
    ]


def _deliveries() -> Suite:
    latest = "(SELECT * FROM ops.file QUALIFY row_number() OVER (PARTITION BY source, file ORDER BY sequence DESC) = 1)"
    return Suite(
        "landed.deliveries",
        "ops.file",
        (
            Check(
                "files_recognised",
                "warning",
                "A delivered file that no stream claims is data that someone expects to see.",
                NoRows(
                    f"SELECT source, file, reason FROM {latest} WHERE state = 'unrecognised'",
                    "every delivered file holds a declared stream",
                ),
            ),
            Check(
                "files_accepted",
                "warning",
                "A refused file is missing from every figure until it is mended and delivered again.",
                NoRows(f"SELECT source, file, reason FROM {latest} WHERE state = 'rejected'", "no delivered file is refused"),
            ),
            Check(
                "unread_files_hold_no_rows",
                "blocking",
                "Rows of a file that was not loaded must not be in any table.",
                Never(
                    "state <> 'loaded' AND (rows_loaded <> 0 OR rows_duplicate <> 0 OR rows_superseded <> 0)",
                    "only loaded files have loaded rows",
                    ("state", "rows_loaded"),
                ),
            ),
        ),
        key=("source", "file"),
    )


def _mine(shape: StreamShape) -> str:
    return f"source = {literal(shape.source)} AND stream = {literal(shape.stream)}"


def _recount(shape: StreamShape) -> str:
    """Ledger and an independent count of the rows of each file, side by side, where they differ."""
    # A quarantine record without a line is about the file as a whole.
    return f"""
        WITH counted AS (
            SELECT _file AS file, _sequence AS sequence, 'raw' AS place, count(*) AS n
            FROM raw.{shape.table} GROUP BY ALL
            UNION ALL
            SELECT _file, _sequence, 'history', count(*)
            FROM history.{shape.table} GROUP BY ALL
            UNION ALL
            SELECT file, sequence, 'quarantine', count(*)
            FROM ops.quarantine WHERE {_mine(shape)} AND line IS NOT NULL GROUP BY ALL
        ),
        ledger AS (
            SELECT file, sequence,
                unnest(['raw', 'history', 'quarantine']) AS place,
                unnest([rows_loaded, rows_superseded, rows_quarantined]) AS n
            FROM ops.file WHERE {_mine(shape)}
        )
        SELECT file, sequence, place, coalesce(ledger.n, 0) AS in_the_ledger, coalesce(counted.n, 0) AS counted
        FROM ledger FULL JOIN counted USING (file, sequence, place)
        WHERE coalesce(ledger.n, 0) <> coalesce(counted.n, 0)
        """
