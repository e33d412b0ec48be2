"""The questions that come with the warehouse: the analyses of the dbt project, by name, with parameters, on the published file.

An analysis is a query whose first line is the question. Lines `-- parameter: <name> <text|integer> <default> <what it is>`
below it declare what may be asked otherwise; the query takes them with dbt's `var`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.sql_prompt import QueryProblem

if TYPE_CHECKING:
    import duckdb

REF = re.compile(r"ref\('(\w+)'\)")
PARAMETER = re.compile(r"-- parameter: (\w+) (text|integer) (\S+) (.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What of a question may be asked otherwise.

    Attributes:
        name: as said on the command line.
        kind: `text` or `integer`.
        default: its value where nothing is said.
        meaning: one line for people.
    """

    name: str
    kind: str
    default: str
    meaning: str

    def written(self, value: str) -> str:
        """The value as it stands in the query.

        Raises:
            QueryProblem: it is no integer where one is wanted.
        """
        if self.kind == "text":
            return value.replace("'", "''")
        if not re.fullmatch(r"-?\d{1,9}", value):
            raise QueryProblem(f"{self.name} is a whole number ({self.meaning}), not {value!r}.")
        return value


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """A question with its query.

    Attributes:
        name: file name of the analysis.
        text: the question as a person asks it.
        parameters: what of it may be asked otherwise.
        template: the query in dbt's own language.
        schemas: of the marts, by their names.
    """

    name: str
    text: str
    parameters: tuple[Parameter, ...]
    template: str
    schemas: Mapping[str, str] = field(default_factory=dict, repr=False)


def saved_questions(project: Path) -> list[SavedQuestion]:
    """Every analysis of a dbt project that reads published marts alone, by name."""
    # One folder a schema; asking the published file for them takes a seventh of the time of a question.
    schemas = {path.stem: path.parent.name for path in (project / "models" / "marts").glob("*/*.sql")}
    found = (_read(path, schemas) for path in (project / "analyses").rglob("*.sql"))
    return sorted((one for one in found if set(REF.findall(one.template)) <= set(schemas)), key=lambda question: question.name)


def find_question(wanted: str, questions: Sequence[SavedQuestion]) -> SavedQuestion:
    """The question of that name.

    Raises:
        QueryProblem: there is none; the text names what comes nearest.
    """
    by_name = {question.name: question for question in questions}
    asked = wanted.strip().lower().replace("-", "_").replace(" ", "_")
    if asked in by_name:
        return by_name[asked]
    near = difflib.get_close_matches(asked, by_name, n=3, cutoff=0.4)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    raise QueryProblem(f"No saved question is called {wanted!r}.{hint} `earshot ask --list` shows all.")


def query_of(question: SavedQuestion, given: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> str:
    """The query as the published database understands it.

    Args:
        question: what is asked.
        given: values of its parameters; the others have their defaults.
        connection: the published database.

    Raises:
        QueryProblem: a parameter is unknown or no number, or a mart or a column of it is not published.
    """
    import duckdb
    import jinja2.sandbox

    known = {parameter.name: parameter for parameter in question.parameters}
    if unknown := sorted(set(given) - set(known)):
        offered = ", ".join(known) or "none"
        raise QueryProblem(f"{question.name} takes no parameter {', '.join(unknown)}; it takes: {offered}.")
    values = {name: known[name].written(given.get(name, known[name].default)) for name in known}

    def ref(model: str) -> str:
        return f"{question.schemas[model]}.{model}"

    def var(name: str, _default: object = None) -> str:
        return values[name]

    environment = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined)
    query = environment.from_string(question.template).render(ref=ref, var=var, dbt=_DuckDbDates)
    try:
        connection.execute(f"EXPLAIN {query}")
    except duckdb.CatalogException as error:
        raise QueryProblem(
            f"{question.name} needs a table that is not published. Call `earshot run`. ({str(error).strip().splitlines()[0]})"
        ) from None
    except duckdb.BinderException as error:
        raise QueryProblem(
            f"{question.name} needs a column that the published database does not have: it was published by an older version "
            f"of Earshot. Call `earshot run`. ({str(error).strip().splitlines()[0]})"
        ) from None
    return query


class _DuckDbDates:
    """The one macro of dbt's own that analyses call, as DuckDB says it."""

    @staticmethod
    def dateadd(unit: str, interval: int, moment: str) -> str:
        return f"({moment} + INTERVAL ({interval}) {unit})"


def _read(path: Path, schemas: Mapping[str, str]) -> SavedQuestion:
    text = path.read_text("utf-8")
    first, *rest = text.splitlines()
    parameters = []
    for line in rest:
        if (found := PARAMETER.fullmatch(line)) is None:
            break
        parameters.append(Parameter(*found.groups()))
    return SavedQuestion(path.stem, first.removeprefix("-- ").strip(), tuple(parameters), text, schemas)
