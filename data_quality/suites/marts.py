"""What the public marts promise their readers, judged on the very file that is about to be served.

dbt's tests say that a model is right; these suites say that this run may be served: grains, bounds, evidence, and marts
that agree with each other. The marts of `EXPECTED` have to be there; the suites of others apply where they are.
"""

from __future__ import annotations

from collections.abc import Iterable

from data_quality.suite import EMAIL_PATTERN, Check, Columns, NoMatch, NoRows, NotNull, Suite, literal
from data_quality.suites.checks import blocking, unique, warning
from data_quality.suites.contract import CONTRACT, EXPECTED, SCHEMAS, Mart
from data_quality.suites.core import core
from data_quality.suites.teams import alignment, hiring, product_ops
from data_quality.suites.trust import trust
from data_quality.suites.voc import voc


def mart_suites(expected: Iterable[str] = EXPECTED, *, min_group_size: int = 3) -> tuple[Suite, ...]:
    """Suites of the file as a whole, and of every public mart.

    Args:
        expected: marts without which the file may not be served.
        min_group_size: people below which a team is suppressed.

    Returns:
        A suite of the file, then one per mart of the contract. An expected mart that is missing errs; another
        one is skipped.
    """
    wanted = tuple(expected)
    more = {**core(min_group_size), **voc(), **alignment(min_group_size), **hiring(min_group_size), **product_ops(), **trust()}
    marts = (
        Suite(f"mart.{name}", name, (*_promises(mart), *more[name]), mart.shown, optional=name not in wanted)
        for name, mart in CONTRACT.items()
    )
    return (_whole_file(wanted), *marts)


def _promises(mart: Mart) -> tuple[Check, ...]:
    """What holds for every mart: its columns, its grain, and nobody's address in it."""
    firm = tuple(column for column in mart.key if column not in mart.loose)
    grain = [unique(*mart.key)] if mart.key else []
    if firm:
        grain.append(blocking("key_present", "A row without its key cannot be found or joined.", NotNull(firm)))
    return (
        blocking("columns", "A query on a column that has gone, or changed its type, fails.", Columns(mart.columns)),
        *grain,
        blocking(
            "no_email_address",
            "An address that redaction missed would be served to every reader.",
            NoMatch(EMAIL_PATTERN, "@", "e-mail address"),
        ),
    )


def _whole_file(expected: tuple[str, ...]) -> Suite:
    known = ", ".join(literal(name) for name in CONTRACT)
    schemas = ", ".join(literal(name) for name in SCHEMAS)
    wanted = ", ".join(f"({literal(name)})" for name in expected)
    here = "database_name = current_database() AND NOT internal"
    checks = (
        blocking(
            "expected_marts",
            "A dashboard whose mart has gone shows an error to everyone.",
            NoRows(
                f"""
                SELECT mart AS missing FROM (VALUES {wanted}) AS wanted(mart)
                WHERE mart NOT IN (SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE {here})
                """,
                f"the {len(expected)} marts that readers rely on are there",
            ),
        ),
        blocking(
            "only_public_schemas",
            "Raw and working tables are neither redacted for, nor meant for, every reader.",
            # Every DuckDB file has an empty schema `main`.
            NoRows(
                f"""
                SELECT schema_name, name FROM (
                    SELECT schema_name, table_name AS name FROM duckdb_tables() WHERE {here}
                    UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE {here}
                    UNION ALL SELECT schema_name, '' FROM duckdb_schemas() WHERE {here} AND schema_name <> 'main'
                ) WHERE schema_name NOT IN ({schemas})
                """,
                f"no schema beside {', '.join(SCHEMAS)}",
            ),
        ),
        blocking(
            "only_tables",
            "A view reads another database, which the reader of the published file does not have.",
            NoRows(f"SELECT schema_name, view_name FROM duckdb_views() WHERE {here}", "every mart is a table"),
        ),
        warning(
            "only_judged_marts",
            "A table that no suite knows is served unchecked.",
            NoRows(
                f"""
                SELECT schema_name || '.' || table_name AS unjudged FROM duckdb_tables()
                WHERE {here} AND schema_name || '.' || table_name NOT IN ({known})
                """,
                "every table has a suite",
            ),
        ),
    )
    return Suite("warehouse", "warehouse", checks)
