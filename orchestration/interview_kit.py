"""The interview kit of a recommendation out of the published database, as a page to print: the same questions for everyone.

It says what to look for and what to ask, and leaves room for what was said. Nothing in it scores, ranks or compares people.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration.digest import html_page

FORMATS = ("markdown", "html")
# In the order in which a conversation needs them.
SECTIONS = {
    "systems_arc": "Say this first: how the role will change",
    "leadership_requirement": "What somebody must have done",
    "origin": "Where such people come from",
    "fit_indicator": "What fits",
}
TITLES = {
    "system_only": "whoever stands the system up beside their own work",
    "first_hire": "the first person in product operations",
    "grow_team": "one more person in product operations",
    "leadership_hire": "somebody to lead product operations",
}
PROMISE = (
    "Everyone is asked the same questions in the same order, and what they said is written down before two interviewers talk. "
    "There are no scores here and nobody is ranked: compare the notes in words."
)
UNDECIDED = (
    "Too little is known to advise for or against people, so there is no kit yet. Take one with --recommendation: "
    + ", ".join(TITLES)
)


class NoKit(Exception):
    """There is no kit to print; the text says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to look for, with what to ask and what a good answer tells."""

    what: str
    ask: str
    listen_for: str


@dataclass(frozen=True, slots=True)
class Kit:
    """A recommendation and its questions.

    Attributes:
        recommended: whether it is what the data of `as_of` recommends.
        rationale: why, in the recommendation's own sentences; empty where it is not.
        sections: note and questions by attribute.
    """

    recommendation: str
    recommended: bool
    rationale: str
    as_of: date
    sections: dict[str, tuple[str, tuple[Question, ...]]]

    @property
    def title(self) -> str:
        """What it is for."""
        return f"Interview kit for {TITLES[self.recommendation]}"

    @property
    def standing(self) -> str:
        """Whether the data recommends it."""
        if self.recommended:
            return f"Recommended as of {self.as_of:%d %B %Y}. {self.rationale}"
        return f"Not what the data of {self.as_of:%d %B %Y} recommends; `earshot ask should_we_hire` says what does."


def read_kit(connection: duckdb.DuckDBPyConnection, recommendation: str = "") -> Kit:
    """The kit of a recommendation, or of the one that the data gives.

    Raises:
        NoKit: the data gives none, or there is no such recommendation.
    """
    if not connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'hiring' AND table_name = 'role_profile'"
    ).fetchone():
        raise NoKit("The published database has no kit yet. Call `earshot run` first.")
    given = connection.execute("SELECT recommendation, rationale, as_of FROM hiring.recommendation").fetchone()
    if given is None:
        raise NoKit("The published database recommends nothing yet. Call `earshot run` first.")
    wanted = recommendation or given[0]
    if wanted not in TITLES:
        raise NoKit(
            f"--recommendation {wanted!r} is none of {', '.join(TITLES)}." if recommendation else f"{UNDECIDED}. {given[1]}"
        )
    rows = connection.execute(
        "SELECT attribute, note, unnest(value), unnest(questions), unnest(listen_for) FROM hiring.role_profile "
        "WHERE recommendation = ?",
        [wanted],
    ).fetchall()
    sections = {
        attribute: (
            next((note for kind, note, *_ in rows if kind == attribute), ""),
            tuple(Question(*asked) for kind, _, *asked in rows if kind == attribute),
        )
        for attribute in SECTIONS
    }
    return Kit(wanted, wanted == given[0], given[1] if wanted == given[0] else "", given[2], sections)


def render_kit(kit: Kit, form: str) -> str:
    """The kit in one of FORMATS."""
    return _html(kit) if form == "html" else _markdown(kit)


def _markdown(kit: Kit) -> str:
    lines = [f"# {kit.title}", "", kit.standing, "", PROMISE, ""]
    for attribute, heading in SECTIONS.items():
        note, questions = kit.sections[attribute]
        lines += [f"## {heading}", "", note, ""]
        for number, question in enumerate(questions, 1):
            lines += [
                f"{number}. **{question.what}**  ",
                f"   Ask: {question.ask}  ",
                f"   Listen for: {question.listen_for}  ",
            ]
            lines += ["   Said: ________________________________________", ""]
    return "\n".join(lines).rstrip() + "\n"


def _html(kit: Kit) -> str:
    say = html.escape
    parts = [f"<h1>{say(kit.title)}</h1>", f'<div class="top"><p>{say(kit.standing)}</p><p>{say(PROMISE)}</p></div>']
    for attribute, heading in SECTIONS.items():
        note, questions = kit.sections[attribute]
        items = "".join(
            f"<li><b>{say(q.what)}</b><br>Ask: {say(q.ask)}<br>Listen for: {say(q.listen_for)}<br>Said:<br><br><br></li>"
            for q in questions
        )
        parts.append(f"<h2>{heading}</h2><p>{say(note)}</p><ol>{items}</ol>")
    return html_page(kit.title, "\n".join(parts))
