"""Progress as bars in a terminal, and as plain lines where the output is no terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class BarProgress:
    """One bar per stage; earlier stages stay on the screen as done."""

    def __init__(self, console: Console, bars: Progress) -> None:
        self._console = console
        self._bars = bars
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        """A new stage of so many steps begins."""
        self._finish()
        self._task = self._bars.add_task(name, total=max(total, 1), completed=0 if total else 1, what="")
        if not self._console.is_terminal:
            self._console.print(f"{name} …", highlight=False)

    def advance(self, what: str, steps: int = 1) -> None:
        """Steps of the stage are done."""
        if self._task is not None:
            self._bars.update(self._task, advance=steps, what=what[-60:])

    def _finish(self) -> None:
        if self._task is not None:
            task = self._bars.tasks[self._bars.task_ids.index(self._task)]
            self._bars.update(self._task, completed=task.total, what="")

    def close(self) -> None:
        """The last stage is over."""
        self._finish()


@contextlib.contextmanager
def bar(console: Console) -> Iterator[BarProgress]:
    """Shows progress while the block runs."""
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[what]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, refresh_per_second=8) as bars:
        progress = BarProgress(console, bars)
        yield progress
        progress.close()
