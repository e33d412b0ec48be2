"""Suites of the trust marts: nothing lost, everything said."""

from __future__ import annotations

from collections.abc import Mapping

from data_quality.suite import Check, NoRows, RowCount
from data_quality.suites.checks import blocking, bounded, listed, never, present


def trust() -> Mapping[str, tuple[Check, ...]]:
    """Checks by mart, beyond what every mart promises."""
    return {
        "trust.run": (
            listed("state", "published", "blocked", "failed"),
            never(
                "ends_after_it_starts",
                "A run that ends before it starts makes every duration doubtful.",
                "finished_at < started_at",
                "started_at is not after finished_at",
                "started_at finished_at",
                "warning",
            ),
        ),
        "trust.run_step": (
            bounded("seconds", 0, severity="warning"),
            bounded("attempts", 1),
        ),
        "trust.gate_result": (
            listed("severity", "blocking", "warning"),
            present("success", "Nobody can tell whether the gate held."),
            present("waived", "A broken promise that was let pass looks like a warning."),
            never(
                "waived_never_holds",
                "A waived finding that reads as passed hides what the data are served with.",
                "waived AND (success OR severity = 'blocking')",
                "what is waived did not hold and does not block",
                "run_id suite expectation",
            ),
        ),
        "trust.erasure": (
            listed("kind", "request", "retention"),
            present("erased_at", "Nobody can say since when something is gone."),
            bounded("records", 0),
            bounded("files", 1),
        ),
        "trust.waiver": (
            present("reason", "A block that was lifted for no reason cannot be defended."),
            present("waived_by", "Nobody answers for the data that are served."),
            never(
                "ends_after_it_starts",
                "A waiver without an end is a rule that nobody wrote down.",
                "expires_at IS NULL OR expires_at <= waived_at",
                "expires_at is after waived_at",
                "waiver_id waived_at expires_at",
            ),
        ),
        "trust.source_reconciliation": (
            present("file", "A balance of no file accounts for nothing."),
            never(
                "balance_is_zero",
                "Rows of an export were lost without a trace.",
                "balance IS DISTINCT FROM 0",
                "balance is 0",
                "rows_read balance",
            ),
            never(
                "balance_is_worked_out",
                "A balance that is merely stated hides what was lost.",
                "balance IS DISTINCT FROM rows_read - rows_loaded - rows_duplicate - rows_superseded - rows_quarantined",
                "balance = rows_read − rows loaded, duplicate, superseded and quarantined",
                "rows_read balance",
            ),
        ),
        "trust.quarantine": (
            present("reason", "A rejected row that does not say why cannot be mended."),
            present("file", "A rejected row of no file cannot be found."),
            blocking(
                "rows_reconcile",
                "Rejected rows that are counted but not kept cannot be mended or delivered again.",
                # A record without a line is about the file as a whole.
                NoRows(
                    """
                    SELECT coalesce(r.source, q.source) AS source, coalesce(r.file, q.file) AS file,
                        coalesce(r.n, 0) AS counted, coalesce(q.n, 0) AS kept
                    FROM (
                        SELECT source, file, sum(rows_quarantined) AS n FROM trust.source_reconciliation GROUP BY ALL
                    ) AS r
                    FULL JOIN (
                        SELECT source, file, count(*) AS n FROM trust.quarantine WHERE line IS NOT NULL GROUP BY ALL
                    ) AS q ON r.source = q.source AND r.file = q.file
                    WHERE coalesce(r.n, 0) <> coalesce(q.n, 0)
                    """,
                    "rows_quarantined of every file is its number of rejected rows",
                ),
            ),
        ),
        "trust.freshness": (
            present("state", "A stream of no state looks fresh."),
            blocking("any_rows", "Without it nobody sees that a source has dried up.", RowCount(1)),
        ),
        "trust.metric_definition": (
            present("formula", "A number that does not say how it is made cannot be trusted."),
            present("is_ours", "Readers could take our own definition for the field's."),
            blocking("any_rows", "Numbers without definitions are opinions.", RowCount(1)),
        ),
    }
