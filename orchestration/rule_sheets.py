"""CSV files in which people say what they know better; what stands there wins over every method. Read whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

Rule = TypeVar("Rule")


class RuleSheetProblem(Exception):
    """A file is wrong; the text names each place and what to write."""


def read_rules(
    path: Path,
    columns: Sequence[str],
    rule_of: Callable[[int, list[str]], Rule],
    contradictions: Callable[[list[Rule]], Iterable[str]],
) -> tuple[Rule, ...]:
    """The rules of a file; none where there is none.

    Args:
        path: the file.
        columns: what its header says.
        rule_of: makes a rule of a line's number and cells; its ValueError says what is wrong with them.
        contradictions: lines that cannot both hold, each told from `line N` on.

    Raises:
        RuleSheetProblem: with file, line and remedy for everything that is wrong.
    """
    rules: list[Rule] = []
    problems: list[str] = []
    for line, cells in rows_of(path, columns):
        try:
            rules.append(rule_of(line, cells))
        except ValueError as error:
            problems.append(f"{path}, line {line}: {error}")
    problems += [f"{path}, {text}" for text in contradictions(rules)]
    if problems:
        raise RuleSheetProblem("\n".join(problems))
    return tuple(rules)


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header with their line numbers; none where there is no file.

    Args:
        path: the file; lines that begin with # are not read.
        columns: what the header says; the last one, a note, may be left out and is not returned.

    Raises:
        RuleSheetProblem: the file is no UTF-8 text, its header is another one, or a row has another width.
    """
    header: list[str] | None = None
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line]))]
        if header is None:
            header = [cell.lower() for cell in cells]
            if tuple(header) not in (tuple(columns), tuple(columns[:-1])):
                raise RuleSheetProblem(
                    f"{path}, line {number}: the first line must be {','.join(columns)}; found {','.join(cells)!r}."
                )
            continue
        if len(cells) not in (len(columns) - 1, len(columns)):
            raise RuleSheetProblem(
                f"{path}, line {number}: {len(cells)} columns instead of {len(columns) - 1} or {len(columns)}. "
                "Put values that hold a comma in double quotes."
            )
        yield number, cells[: len(columns) - 1]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise RuleSheetProblem(f"{path}: not UTF-8 text (byte {error.start}). Save the file as UTF-8.") from error


def decided(decision: str) -> None:
    """Checks the column `decision`.

    Raises:
        ValueError: it is neither link nor never.
    """
    if decision not in ("link", "never"):
        raise ValueError(f"column decision: {decision!r} is neither link nor never.")
