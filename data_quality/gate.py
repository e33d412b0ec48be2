"""Judges a database file with Great Expectations: every expectation held, was broken, or errored; the last two may block.

The file is attached read-only with access to everything else switched off, so a suite can do no more than read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from data_quality.suite import Check, Severity, Suite, Table, literal

EXAMPLES = 5
LONGEST_EXAMPLE = 160
# Great Expectations asks for 200 rows and shows what it gets; a broken table must not be pulled into memory for five.
FETCHED = 200

Example = Mapping[str, str | None]


class GateError(RuntimeError):
    """The gate could not judge at all; nothing may be published on its word."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person's decision to serve data although an expectation is broken.

    Attributes:
        suite: name of the suite.
        expectation: name of the check in it.
        object: table that the suite judges; a suite that has come to judge another one is not waived.
        reason: why it is right to serve the data.
        expires_at: from then on the expectation blocks again.
        covers_errors: whether it also holds where the expectation cannot be evaluated, and so nobody knows what is waived.
    """

    suite: str
    expectation: str
    object: str
    reason: str
    expires_at: datetime
    covers_errors: bool = False


@dataclass(frozen=True, slots=True)
class GateResult:
    """The outcome of one expectation; the first eight fields are the columns of the gate history.

    Attributes:
        run_id: the run that asked.
        suite: name of the suite.
        expectation: name of the check.
        object: judged table.
        severity: what the outcome means for the run: `blocking` for an errored expectation whatever the check says,
            `warning` for a waived one.
        success: whether the expectation held.
        observed: what was seen.
        expected: what should have been seen.
        examples: up to five of the rows that break it, keys first.
        protects: what goes wrong for a reader where it is broken.
        query: SQL that lists every row that breaks it.
        errored: the expectation could not be evaluated, so nobody knows whether it holds.
        waived: it did not hold and would block, had a person not decided to serve the data all the same.
    """

    run_id: str
    suite: str
    expectation: str
    object: str
    severity: Severity
    success: bool
    observed: str
    expected: str
    examples: tuple[Example, ...] = ()
    protects: str = ""
    query: str = ""
    errored: bool = False
    waived: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one file.

    Attributes:
        results: the outcome of every expectation, in the order of the suites.
    """

    results: tuple[GateResult, ...]

    @property
    def broken(self) -> tuple[GateResult, ...]:
        """Expectations that did not hold or errored, blocking or not."""
        return tuple(result for result in self.results if not result.success)

    @property
    def blocking(self) -> tuple[GateResult, ...]:
        """Expectations that keep the file from being served."""
        return tuple(result for result in self.broken if result.severity == "blocking")

    @property
    def blocked(self) -> bool:
        """Whether the file must not be served."""
        return bool(self.blocking)

    @property
    def errored(self) -> tuple[GateResult, ...]:
        """Expectations that could not be evaluated and are not waived."""
        return tuple(result for result in self.blocking if result.errored)

    @property
    def examples(self) -> Mapping[tuple[str, str], tuple[Example, ...]]:
        """Rows that break an expectation, by suite and expectation."""
        return {(result.suite, result.expectation): result.examples for result in self.broken if result.examples}


def judge(
    database: Path,
    suites: Sequence[Suite],
    *,
    run_id: str,
    waivers: Sequence[Waiver] = (),
    now: datetime | None = None,
) -> Verdict:
    """Judges a database file.

    Nobody may hold the file open for writing, in this process or another one; it is closed again on return.

    Args:
        database: the file.
        suites: what must hold; an optional suite is skipped where its table is not in the file.
        run_id: the run that asks, for the gate history.
        waivers: decisions to serve broken data; one that has expired counts for nothing.
        now: the moment against which waivers expire; the clock's where None.

    Returns:
        One result per expectation, and one for all expectations of a missing table. An errored expectation blocks,
        whatever its severity.

    Raises:
        GateError: there is nothing to judge, the file cannot be read, or the engine proves unable to see a violation.
    """
    if not suites:
        raise GateError("no suites were given: whatever the data is, it would pass")
    moment = now or datetime.now(UTC)
    standing = {(w.suite, w.expectation, w.object): w for w in waivers if w.expires_at > moment}
    with _opened(database) as judging:
        found = [
            _outcome(run_id, suite, check, raw, standing.get((suite.name, check.name, suite.object)))
            for suite, check, raw in judging.evaluate(suites)
        ]
    if not found:
        raise GateError(f"{database} has none of the tables that the suites judge: call `earshot run --full-refresh`")
    return Verdict(tuple(found))


@dataclass(frozen=True, slots=True)
class _Raw:
    """What Great Expectations said of one check."""

    count: int | None
    rows: tuple[Mapping[str, Any], ...]
    error: str | None
    query: str


def _outcome(run_id: str, suite: Suite, check: Check, raw: _Raw, waiver: Waiver | None) -> GateResult:
    success = raw.error is None and raw.count == 0
    examples = tuple(_shown(row) for row in raw.rows[:EXAMPLES])
    observed = f"errored: {raw.error}" if raw.error is not None else _counted(raw.count, examples)
    severity: Severity = "blocking" if raw.error is not None else check.severity
    waived = waiver is not None and severity == "blocking" and not success and (raw.error is None or waiver.covers_errors)
    if waived and waiver is not None:
        severity = "warning"
        observed += f" (waived until {waiver.expires_at:%Y-%m-%d}: {waiver.reason})"
    return GateResult(
        run_id=run_id,
        suite=suite.name,
        expectation=check.name,
        object=suite.object,
        severity=severity,
        success=success,
        observed=observed,
        expected=check.rule.expected(),
        examples=examples,
        protects=check.protects,
        query=raw.query,
        errored=raw.error is not None,
        waived=waived,
    )


def _shown(row: Mapping[str, Any]) -> Example:
    texts = {name: None if value is None else str(value) for name, value in row.items()}
    return {
        name: text if text is None or len(text) <= LONGEST_EXAMPLE else text[:LONGEST_EXAMPLE] + "…"
        for name, text in texts.items()
    }


def _counted(count: int | None, examples: Sequence[Example]) -> str:
    if not count:
        return "no violation"
    first = ", ".join(f"{name} {value}" for name, value in examples[0].items()) if examples else ""
    return f"{count} violation{'s' if count > 1 else ''}" + (f", such as {first}" if first else "")


class _Judging:
    """Great Expectations over one attached file: the file is the batch, and all suites are validations of it.

    An expectation costs it as much as a hundred thousand rows, whatever it asks. So each suite is asked first, as one
    expectation, for the names of its checks that do not hold; these alone are then asked for their rows, one by one.
    """

    def __init__(self, gx: Any, source: Any, tables: Mapping[str, Mapping[str, str]]) -> None:
        from data_quality.asked_once import FewUnexpectedRows

        self._gx = gx
        self._few = FewUnexpectedRows
        # Registering a table as an asset of its own costs more than a suite of rules, which name their tables anyway.
        self._batch = (
            source.add_query_asset("file", query="SELECT 1 AS one").add_batch_definition_whole_table("file").get_batch()
        )
        self._tables = tables
        self._prove_that_it_can_fail()

    def evaluate(self, suites: Sequence[Suite]) -> Iterator[tuple[Suite, Check, _Raw]]:
        """Runs the suites; one whose table is not there yields one error, or nothing where it is optional."""
        queries = {
            place: {check.name: check.rule.violations(self._table(suite)) for check in suite.checks}
            for place, suite in enumerate(suites)
        }
        broken = self._broken({str(place): asked for place, asked in queries.items() if not self._is_missing(suites[place])})
        for place, suite in enumerate(suites):
            if self._is_missing(suite):
                if not suite.optional:
                    # One finding, not one for each promise that nobody can look at.
                    first = suite.checks[0]
                    missing = f"table {suite.object} is not in the file; its {len(suite.checks)} expectations were not judged"
                    yield suite, first, _Raw(None, (), missing, queries[place][first.name])
                continue
            suspects = {name: query for name, query in queries[place].items() if name in broken[str(place)]}
            severities = {check.name: check.severity for check in suite.checks}
            found = self._validate(suite.name, suspects, severities) if suspects else {}
            for check in suite.checks:
                yield suite, check, found.get(check.name) or _Raw(0, (), None, queries[place][check.name])

    def _table(self, suite: Suite) -> Table:
        return Table(suite.object, suite.key, self._tables.get(suite.object, {}))

    def _is_missing(self, suite: Suite) -> bool:
        # An object without a schema is no table but the file as a whole.
        return "." in suite.object and not self._tables.get(suite.object)

    def _broken(self, suites: Mapping[str, Mapping[str, str]]) -> dict[str, frozenset[str]]:
        """Names of the checks that do not hold, by suite: all of them where that cannot be told at once."""
        asked = {
            suite: " UNION ALL ".join(
                f"SELECT {literal(name)} AS broken WHERE EXISTS (SELECT 1 FROM ({query}\n))" for name, query in queries.items()
            )
            for suite, queries in suites.items()
        }
        found = self._validate("suites", asked, {}, self._few) if asked else {}
        return {
            suite: frozenset(row["broken"] for row in raw.rows)
            if raw.error is None and len(raw.rows) < FETCHED
            else frozenset(suites[suite])
            for suite, raw in found.items()
        }

    def _prove_that_it_can_fail(self) -> None:
        """An engine that loses query results would find every table in order: see that it still sees a violation."""
        seen, unseen, broken = "SELECT 42 AS answer", "SELECT 42 AS answer WHERE false", "SELECT nothing_there"
        named = self._broken({"one": {"seen": seen, "unseen": unseen}, "all": {"unseen": unseen, "broken": broken}})
        found = self._validate("canary", {"seen": seen, "unseen": unseen, "broken": broken}, {})
        sees = found["seen"].count == 1 and [dict(row) for row in found["seen"].rows] == [{"answer": 42}]
        names = named == {"one": {"seen"}, "all": {"unseen", "broken"}}
        if not (sees and names) or found["unseen"].count != 0 or found["broken"].error is None:
            raise GateError(
                "Great Expectations did not see a planted violation over DuckDB, so its word is worth nothing. "
                f"Check the installed versions of great-expectations, duckdb-engine and sqlalchemy. It said: {found}, {named}"
            )

    def _validate(
        self, name: str, queries: Mapping[str, str], severities: Mapping[str, Severity], kind: Any = None
    ) -> dict[str, _Raw]:
        expectation = kind or self._gx.expectations.UnexpectedRowsExpectation
        expectations = [
            expectation(
                unexpected_rows_query=_escaped(query),
                severity="warning" if severities.get(check) == "warning" else "critical",
                meta={"check": check},
            )
            for check, query in queries.items()
        ]
        suite = self._gx.ExpectationSuite(name, expectations=expectations)
        validation = self._batch.validate(suite, result_format="COMPLETE")
        answers = {result.expectation_config.meta["check"]: result for result in validation.results}
        return {check: _read(answers.get(check), query) for check, query in queries.items()}


def _read(result: Any, query: str) -> _Raw:
    """One validation result; whatever is not a clear yes or no is an error."""
    if result is None:
        return _Raw(None, (), "Great Expectations returned no result", query)
    if (error := _exception(result.exception_info)) is not None:
        return _Raw(None, (), error, query)
    count = result.result.get("observed_value")
    if not isinstance(count, int) or result.success is not (count == 0):
        return _Raw(None, (), f"Great Expectations returned no count of violations but {result.result!r}", query)
    rows = result.result.get("details", {}).get("unexpected_rows") or ()
    return _Raw(count, tuple(rows), None, query)


def _exception(info: Mapping[str, Any] | None) -> str | None:
    """The first exception; it lies at the top, or below the id of the metric that raised it."""
    for entry in (info, *(info or {}).values()):
        if isinstance(entry, Mapping) and entry.get("raised_exception"):
            message = str(entry.get("exception_message") or "unknown exception")
            # SQLAlchemy's prefix, DuckDB's excerpt of the query and the query itself are no part of what went wrong.
            message = re.split(r"\n+LINE \d+:|\n\[SQL:", re.sub(r"^\(\S+\) ", "", message))[0]
            return " ".join(message.split())[:300]
    return None


def _escaped(query: str) -> str:
    r"""SQL as Great Expectations wants it: `{` and `:name` are its own syntax, and a batch must be named.

    The batch is named in a comment: rules name their tables, so that the text runs unchanged in any prompt.
    """
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", query).replace("{", "{{").replace("}", "}}") + "\n/* {batch} */"


def _catalog(engine: Any) -> dict[str, dict[str, str]]:
    """Type by column by table, for every table of the file."""
    listing = (
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal ORDER BY ALL"
    )
    tables: dict[str, dict[str, str]] = {}
    # Past SQLAlchemy's events, which cut long results.
    connection = engine.raw_connection()
    try:
        for table, column, kind in connection.driver_connection.execute(listing).fetchall():
            tables.setdefault(table, {})[column] = kind
    finally:
        connection.close()
    return tables


@contextmanager
def _opened(database: Path) -> Iterator[_Judging]:
    """Great Expectations over the file, and nothing left open afterwards."""
    if not database.is_file():
        raise GateError(f"{database} is not there: call `earshot run`, which makes it")
    # Four seconds to import: a command that judges nothing must not pay for it.
    import great_expectations as gx
    from sqlalchemy import event, exc

    context = _context(gx)
    # An attached file needs no URL, where `?` and `$` in a path would be syntax.
    source = context.data_sources.add_sql("judged", connection_string="duckdb:///:memory:", create_temp_table=False)
    engine = source.get_execution_engine().engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: _attach(connection, database))
    event.listen(engine, "after_cursor_execute", _keep_results)
    try:
        yield _Judging(gx, source, _catalog(engine))
    except (exc.DBAPIError, duckdb.Error) as error:
        raise GateError(
            f"{database} cannot be read: {getattr(error, 'orig', error)}. Call `earshot run` to make it anew"
        ) from error
    finally:
        engine.dispose()


def _context(gx: Any) -> Any:
    """A context that lives in memory, sends nothing anywhere and draws no progress bars."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        ),
    )


def _attach(connection: Any, database: Path) -> None:
    """Makes the file the only thing that a connection can reach."""
    for statement in (
        f"ATTACH {literal(str(database.resolve()))} AS judged (READ_ONLY)",
        "USE judged",
        "SET TimeZone = 'UTC'",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)


def _keep_results(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    """Fetches rows at once: Great Expectations reads them after the connection is gone, when duckdb-engine has none left."""
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

    if cursor.description:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, alternate_description=cursor.description, initial_buffer=cursor.fetchmany(FETCHED)
        )
