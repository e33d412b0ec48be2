"""Readiness digests out of the published database: read, counted again, and written as Markdown, HTML or Slack blocks.

A digest that cannot prove one of its numbers or quotes is not written.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

FORMATS = ("markdown", "html", "slack")
PARTS = {
    "new_value": "The new value",
    "role_change": "How your role changes",
    "prepare_customers": "How to prepare customers",
}
# What a chat shows of one block, and how many blocks of one message.
SLACK_LIMIT, SLACK_BLOCKS = 2_900, 50
COLUMNS = (
    "launch_id, role, launch_name, launch_at, product_area, kind, missing_parts, undone_parts, verdict, team_state, "
    "team_barrier, new_value, role_change, prepare_customers, quotes, figures"
)


class DigestProblem(Exception):
    """There is no such digest; the text says what there is."""


class UnprovenDigest(Exception):
    """A number or a quote of the digest is not what the database says."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the query that gives it."""

    name: str
    label: str
    value: float
    sql: str

    @property
    def shown(self) -> str:
        """The number for people: counts without a point."""
        return f"{self.value:,.0f}" if self.value == round(self.value) else f"{self.value:,.2f}"


@dataclass(frozen=True, slots=True)
class Quote:
    """What a customer said, and where it is stored."""

    text: str
    sha256: str
    feedback_id: str
    segment: str
    channel: str
    said_on: str


@dataclass(frozen=True, slots=True)
class Digest:
    """One launch for one role.

    Attributes:
        parts: text of each part that is there.
        missing: parts that are not, by name.
        undone: parts of the definition of done that were not done by the launch.
    """

    launch_id: str
    role: str
    name: str
    launch_at: datetime
    product_area: str
    kind: str
    verdict: str
    team_state: str
    barrier: str
    parts: dict[str, str]
    missing: tuple[str, ...]
    undone: tuple[str, ...]
    quotes: tuple[Quote, ...]
    figures: tuple[Figure, ...]

    @property
    def headline(self) -> str:
        """What this is, before anything else is read."""
        if not self.missing:
            return "Readiness guide"
        return f"Status update, not a readiness guide. Missing: {', '.join(PARTS[part].lower() for part in self.missing)}"

    @property
    def day(self) -> str:
        """The day of the launch, as people write it."""
        return f"{self.launch_at.astimezone(UTC):%d %B %Y}"

    @property
    def hearsay(self) -> str:
        """Numbers in the words of who prepared the launch, which no query gives."""
        said = [number for part in self.parts.values() for number in re.findall(r"\d+(?:[.,:]\d+)*\s?%?", part)]
        if not said:
            return ""
        return f"Not counted here, in the words of who prepared the launch: {', '.join(number.strip() for number in said)}."


def read_digests(
    connection: duckdb.DuckDBPyConnection, role: str, launch: str | None = None, period: str | None = None
) -> list[Digest]:
    """The digests of a role, oldest launch first.

    Args:
        connection: the published database.
        role: team, as the mart spells it or as people do.
        launch: key or name of one launch.
        period: `2026`, `2026-Q1` or `2026-03`; without launch and period, the newest launch.

    Raises:
        DigestProblem: no such team, launch or period.
    """
    if not connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'alignment' AND table_name = 'readiness_digest'"
    ).fetchone():
        raise DigestProblem("The published database has no digests yet. Call `earshot run` first.")
    wanted = re.sub(r"[^\w]+", "_", role.strip().lower())
    roles = [row[0] for row in connection.execute("SELECT DISTINCT role FROM alignment.readiness_digest ORDER BY 1").fetchall()]
    if wanted not in roles:
        raise DigestProblem(f"No digest is for {role!r}. There are some for: {', '.join(roles) or 'nobody yet'}.")
    where, values = "role = ?", [wanted]
    if launch:
        where += " AND lower(?) IN (lower(launch_id), lower(launch_name))"
        values.append(launch.strip())
    elif period:
        first, last = _span(period)
        where += " AND launch_at >= CAST(? AS TIMESTAMPTZ) AND launch_at < CAST(? AS TIMESTAMPTZ)"
        values += [first.isoformat(), last.isoformat()]
    else:
        where += " AND launch_at = (SELECT max(launch_at) FROM alignment.readiness_digest)"
    query = f"SELECT {COLUMNS} FROM alignment.readiness_digest WHERE {where} ORDER BY launch_at, launch_id"
    rows = connection.execute(query, values).fetchall()
    if not rows:
        raise DigestProblem(f"No launch of {launch or period or 'any time'!s} has a digest. {_known(connection)}")
    names = [column.strip() for column in COLUMNS.split(",")]
    return [_digest(dict(zip(names, row, strict=True))) for row in rows]


def _known(connection: duckdb.DuckDBPyConnection) -> str:
    launches = connection.execute(
        "SELECT DISTINCT launch_id, launch_name, launch_at FROM alignment.readiness_digest ORDER BY launch_at DESC LIMIT 5"
    ).fetchall()
    return "The newest are: " + ", ".join(f"{key} {name} ({at:%Y-%m-%d})" for key, name, at in launches) + "."


def _span(period: str) -> tuple[datetime, datetime]:
    """Start and end of a year, quarter or month."""
    match = re.fullmatch(r"(\d{4})(?:-?(?:Q([1-4])|(0[1-9]|1[0-2])))?", period.strip().upper())
    if match is None:
        raise DigestProblem(f"--period {period!r} is none. Write 2026, 2026-Q1 or 2026-03.")
    year, quarter, month = int(match[1]), match[2], match[3]
    first_month = (int(quarter) - 1) * 3 + 1 if quarter else int(month or 1)
    months = 3 if quarter else 1 if month else 12
    first = datetime(year, first_month, 1, tzinfo=UTC)
    following = first + timedelta(days=31 * months + 1)
    return first, datetime(following.year, following.month, 1, tzinfo=UTC)


def _digest(row: dict[str, Any]) -> Digest:
    return Digest(
        launch_id=row["launch_id"],
        role=row["role"],
        name=row["launch_name"] or row["launch_id"],
        launch_at=row["launch_at"],
        product_area=row["product_area"] or "",
        kind=row["kind"],
        verdict=row["verdict"] or "",
        team_state=row["team_state"] or "",
        barrier=row["team_barrier"] or "",
        parts={part: row[part] for part in PARTS if row[part]},
        missing=tuple(row["missing_parts"] or ()),
        undone=tuple(row["undone_parts"] or ()),
        quotes=tuple(
            Quote(q["quote"], q["quote_sha256"], q["feedback_id"], q["segment"], q["channel"], q["said_on"])
            for q in json.loads(row["quotes"])
        ),
        figures=tuple(Figure(f["figure"], f["label"], float(f["value"]), f["sql"]) for f in json.loads(row["figures"])),
    )


def prove(connection: duckdb.DuckDBPyConnection, digests: Sequence[Digest]) -> None:
    """Run the query of every number, and look up the launch and every quote with their days.

    Raises:
        UnprovenDigest: one of them is not what the database says.
    """
    for digest in digests:
        launch = connection.execute(
            "SELECT coalesce(launch_name, launch_id), launch_at FROM core.launch WHERE launch_id = ?", [digest.launch_id]
        ).fetchone()
        if launch != (digest.name, digest.launch_at):
            raise UnprovenDigest(f"{digest.launch_id}: it says {digest.name}, {digest.day}; core.launch says {launch}")
        for figure in digest.figures:
            try:
                found = connection.execute(figure.sql).fetchone()
            except duckdb.Error as error:
                raise UnprovenDigest(f"{digest.launch_id}, {figure.name}: its query fails: {error}") from None
            value = None if found is None else found[0]
            if value is None or abs(float(value) - figure.value) > 1e-9:
                raise UnprovenDigest(f"{digest.launch_id}, {figure.name}: it says {figure.shown}, its query gives {value}")
        for quote in digest.quotes:
            true = connection.execute(
                "SELECT sha256(CAST(? AS VARCHAR)) = ? "
                "AND EXISTS (FROM core.feedback WHERE feedback_id = ? AND contains(text, ?) AND channel = ? "
                "AND CAST(occurred_at AT TIME ZONE 'UTC' AS DATE) = TRY_CAST(? AS DATE))",
                [quote.text, quote.sha256, quote.feedback_id, quote.text, quote.channel, quote.said_on],
            ).fetchone()
            if true is None or not true[0]:
                raise UnprovenDigest(
                    f"{digest.launch_id}: nobody said {quote.text!r} in {quote.feedback_id}, {quote.channel}, {quote.said_on}"
                )


def render(digests: Sequence[Digest], form: str) -> str:
    """The digests in one of FORMATS."""
    if form == "html":
        return _html(digests)
    return _slack(digests) if form == "slack" else "\n".join(_markdown(digest) for digest in digests)


def _needs(digest: Digest) -> list[str]:
    """What is missing, by name, for the top."""
    lines = [f"No word on: {PARTS[part].lower()}." for part in digest.missing]
    if digest.undone:
        lines.append(f"Not done by the launch: {', '.join(digest.undone)}.")
    if digest.barrier:
        lines.append(f"What holds your team back: {digest.barrier}.")
    return lines


def _markdown(digest: Digest) -> str:
    lines = [f"# {digest.name} ({digest.launch_id}), {digest.day}: for {digest.role.replace('_', ' ')}", ""]
    lines += [f"**{digest.headline}**", "", *(f"- {need}" for need in _needs(digest)), ""]
    for part, title in PARTS.items():
        lines += [f"## {title}", "", digest.parts.get(part) or "_Nobody has written this yet._", ""]
    lines += ["## What customers say", ""]
    lines += [f"> {flat(q.text)}\n>\n> {_source(q)}\n" for q in digest.quotes] or ["_No quote is linked to this launch._", ""]
    if digest.figures or digest.hearsay:
        lines += ["## Numbers, and where they come from", ""]
        lines += [f"- **{f.shown}** {f.label}  \n  `{f.sql}`" for f in digest.figures]
        lines += [f"- {digest.hearsay}"] if digest.hearsay else []
    return "\n".join(lines).rstrip() + "\n"


def flat(text: str) -> str:
    """Text on one line."""
    return " ".join(text.split())


def _source(quote: Quote) -> str:
    return f"{quote.segment or 'unknown segment'}, {quote.channel}, {quote.said_on} · {quote.feedback_id}"


def _html(digests: Sequence[Digest]) -> str:
    return html_page("Readiness digest", "\n".join(_section(digest) for digest in digests))


def html_page(title: str, body: str) -> str:
    """A page that needs nothing from elsewhere, in light and dark."""
    style = (
        "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
        "blockquote{border-left:3px solid #8a94a0;margin:1rem 0;padding-left:1rem}code{font-size:.8rem;word-break:break-word}"
        ".top{background:#eef3f8;padding:.6rem 1rem;border-radius:.4rem}.lacks{background:#fdf1dc}"
        "@media(prefers-color-scheme:dark){body{background:#15181c;color:#e4e7ea}.top{background:#222b35}.lacks{background:#3b2f17}}"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body>\n{body}\n</body></html>\n"
    )


def _section(digest: Digest) -> str:
    say = html.escape
    needs = "".join(f"<li>{say(need)}</li>" for need in _needs(digest))
    parts = "".join(
        f"<h2>{title}</h2><p>{say(digest.parts[part]) if part in digest.parts else '<em>Nobody has written this yet.</em>'}</p>"
        for part, title in PARTS.items()
    )
    quotes = "".join(f"<blockquote>{say(flat(q.text))}<br><small>{say(_source(q))}</small></blockquote>" for q in digest.quotes)
    figures = "".join(f"<li><b>{f.shown}</b> {say(f.label)}<br><code>{say(f.sql)}</code></li>" for f in digest.figures)
    figures += f"<li>{say(digest.hearsay)}</li>" if digest.hearsay else ""
    lacks = " lacks" if digest.missing or digest.undone else ""
    return (
        f"<h1>{say(digest.name)} ({say(digest.launch_id)}), {digest.day}: "
        f"for {say(digest.role.replace('_', ' '))}</h1>"
        f'<div class="top{lacks}"><b>{say(digest.headline)}</b><ul>{needs}</ul></div>{parts}'
        f"<h2>What customers say</h2>{quotes or '<p><em>No quote is linked to this launch.</em></p>'}"
        f"<h2>Numbers, and where they come from</h2><ul>{figures}</ul>"
    )


def _slack(digests: Sequence[Digest]) -> str:
    blocks: list[dict[str, Any]] = []
    for digest in digests:
        title = f"{digest.name} ({digest.launch_id}), {digest.day}"
        blocks.append({"type": "header", "text": {"type": "plain_text", "text": title[:150]}})
        blocks += slack_texts([f"*{slack_safe(digest.headline)}*", *(f"• {slack_safe(need)}" for need in _needs(digest))])
        for part, heading in PARTS.items():
            blocks += slack_texts(
                [f"*{heading}*", *slack_safe(digest.parts.get(part) or "Nobody has written this yet.").split("\n")]
            )
        said = [line for q in digest.quotes for line in (f"> {slack_safe(flat(q.text))}", f"_{slack_safe(_source(q))}_")] or [
            "_No quote is linked to this launch._"
        ]
        blocks += slack_texts(["*What customers say*", *said])
        counted = [line for f in digest.figures for line in (f"*{f.shown}* {slack_safe(f.label)}", f"`{slack_safe(f.sql)}`")]
        blocks += slack_texts(["*Numbers, and where they come from*", *counted, *filter(None, [slack_safe(digest.hearsay)])])
    if len(blocks) > SLACK_BLOCKS:
        raise DigestProblem(
            f"Slack shows {SLACK_BLOCKS} blocks of a message and these {len(digests)} digests have {len(blocks)}. "
            "Take one --launch or a shorter --period."
        )
    return json.dumps({"blocks": blocks}, ensure_ascii=False, indent=1) + "\n"


def slack_texts(lines: Sequence[str]) -> list[dict[str, Any]]:
    """Lines as one block, or as several where a chat would refuse it."""
    pieces = [line[at : at + SLACK_LIMIT] for line in lines for at in range(0, max(1, len(line)), SLACK_LIMIT)]
    blocks: list[str] = []
    for piece in pieces:
        if blocks and len(blocks[-1]) + 1 + len(piece) <= SLACK_LIMIT:
            blocks[-1] += f"\n{piece}"
        else:
            blocks.append(piece)
    return [{"type": "section", "text": {"type": "mrkdwn", "text": block}} for block in blocks]


def slack_safe(text: str) -> str:
    """Text in which nothing is a link, a mention or a broadcast to Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
