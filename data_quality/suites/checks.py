"""Checks that many marts share, so that a suite reads as a list of promises."""

from __future__ import annotations

from data_quality.suite import Accepted, Between, Check, Never, NotNull, Refers, Rule, Severity, Unique

# Points of NPS and of an index that rounding may move; shares are published unrounded.
ROUNDING = 0.06
# Differences that adding numbers in another order makes.
NOISE = 1e-6


def blocking(name: str, protects: str, rule: Rule) -> Check:
    """A check that keeps the last good database in service."""
    return Check(name, "blocking", protects, rule)


def warning(name: str, protects: str, rule: Rule) -> Check:
    """A check that is only told."""
    return Check(name, "warning", protects, rule)


def unique(*columns: str) -> Check:
    """The grain of the table."""
    return blocking("unique_key", "A repeated key counts twice in every join and sum.", Unique(columns))


def present(column: str, protects: str, severity: Severity = "blocking") -> Check:
    """Every row has a value."""
    return Check(f"{column}_present", severity, protects, NotNull((column,)))


def bounded(column: str, low: float | None, high: float | None = None, severity: Severity = "blocking") -> Check:
    """Values lie within what the definition allows."""
    return Check(
        f"{column}_in_range", severity, f"A {column} that cannot be is taken for a finding.", Between(column, low, high)
    )


def listed(column: str, *values: str | float) -> Check:
    """Values come from the contract's list."""
    protects = f"Readers filter on {column}: a row with another value drops out unseen."
    return blocking(f"{column}_listed", protects, Accepted(column, values))


def refers(column: str, table: str, to: str | None = None) -> Check:
    """Values are keys of another mart."""
    protects = f"A {column} that leads nowhere loses the row in every join."
    return blocking(f"{column}_known", protects, Refers(column, table, to or column))


def never(name: str, protects: str, condition: str, words: str, show: str = "", severity: Severity = "blocking") -> Check:
    """No row satisfies a condition; `show` names the columns of its examples, separated by spaces."""
    return Check(name, severity, protects, Never(condition, words, tuple(show.split())))


def interval(value: str, low: str = "", high: str = "", slack: float = NOISE, when: str = "true") -> Check:
    """The estimate lies in its interval, and the interval is the right way round."""
    low, high = low or f"{value}_low", high or f"{value}_high"
    return never(
        f"{value}_within_interval",
        "An interval that misses its own estimate makes the uncertainty a decoration.",
        f"{low} > {high} OR ({when} AND ({value} < {low} - {slack} OR {value} > {high} + {slack}))",
        f"{low} ≤ {value} ≤ {high}",
        f"{low} {value} {high}",
    )


def starts(column: str, unit: str) -> Check:
    """Periods start where calendars start them; weeks on Mondays."""
    return never(
        f"{column}_is_a_start",
        f"Rows that start elsewhere fall between the {unit}s of every other mart.",
        f"{column} <> date_trunc('{unit}', {column})",
        f"{column} is the first day of a {unit}" + (", a Monday" if unit == "week" else ""),
        column,
    )


def accounts_have_mentions() -> Check:
    """An account is counted where it mentions something."""
    return never(
        "accounts_have_mentions",
        "More accounts than mentions count something twice.",
        "accounts > mentions",
        "accounts ≤ mentions",
        "accounts mentions",
    )


def suppressed(*columns: str) -> tuple[Check, ...]:
    """A withheld row says so and shows nothing."""
    shown = " OR ".join(f"{column} IS NOT NULL" for column in columns)
    return (
        never(
            "suppressed_rows_are_empty",
            "A figure of a very small team is a figure about a person.",
            f"suppressed AND ({shown})",
            "suppressed rows have no values",
        ),
        present("suppressed", "Nobody can tell whether a missing value is withheld or unknown."),
    )


def small_teams(condition: str, min_group_size: int) -> Check:
    """No figure is shown of a team below the smallest size."""
    return never(
        "small_teams_are_suppressed",
        "A figure of a very small team is a figure about a person.",
        condition,
        f"teams of fewer than {min_group_size} are suppressed",
    )


def true_quote() -> tuple[Check, Check]:
    """A quote is there and is the one that was found."""
    return (
        present("quote", "A theme without the words behind it cannot be checked by anyone."),
        never(
            "quote_hash_matches",
            "A quote that was altered puts words into a customer's mouth.",
            "quote_sha256 IS NULL OR sha256(quote) <> quote_sha256",
            "quote_sha256 is the SHA-256 of quote",
            "quote_sha256",
        ),
    )
