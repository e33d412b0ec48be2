"""An expectation that runs its query once. Great Expectations loads with it: import it where something is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:

    class UnexpectedRowsExpectation:
        """What a class needs to know of its parent: the type checker does not follow the library."""

        metric_dependencies: ClassVar[tuple[str, ...]]
else:
    from great_expectations.expectations import UnexpectedRowsExpectation

ROWS = "unexpected_rows_query.table"


class FewUnexpectedRows(UnexpectedRowsExpectation):
    """Holds where its query returns nothing, as its parent does, which runs the query once for the rows and once to count them.

    Only for queries of fewer rows than Great Expectations fetches: these are counted.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (ROWS,)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: object = None,
    ) -> dict[str, Any]:
        rows = metrics[ROWS]
        return {"success": not rows, "result": {"observed_value": len(rows), "details": {"unexpected_rows": rows}}}
