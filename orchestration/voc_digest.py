"""The weekly voice-of-customer digest out of the published marts: what rises, what weighs, what nobody builds, and quotes.

Every share comes with its interval and n. Where the marts are silent, the section says so instead of leaving a gap.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.delivery import Message
from orchestration.digest import DigestProblem, flat, html_page, slack_safe, slack_texts

LONGEST_LIST = 5
WEEK = "SELECT max(week_start) FROM voc.theme_weekly WHERE is_complete_week AND series = 'restated'"
OF_THE_WEEK = """
SELECT
    theme_id, theme_name, mentions, feedback_n, accounts, share, share_low, share_high, trend, recent_mentions, recent_expected,
    week_start
FROM voc.theme_weekly JOIN core.theme USING (theme_id)
WHERE series = 'restated' AND segment = 'all' AND channel = 'all' AND valid_to IS NULL AND week_start = ?
"""
RISING = f"{OF_THE_WEEK} AND trend IN ('new', 'rising') ORDER BY recent_mentions / nullif(recent_expected, 0) DESC, theme_id"
MOST_SAID = f"{OF_THE_WEEK} AND mentions > 0 ORDER BY mentions DESC, theme_id"
HEAVIEST = """
SELECT theme_id, theme_name, arr_exposed, arr_exposed_low, arr_exposed_high, accounts, mentions
FROM voc.theme_summary JOIN core.theme USING (theme_id)
WHERE valid_to IS NULL AND arr_exposed > 0 ORDER BY arr_exposed DESC, theme_id
"""
NOT_BUILT = """
SELECT theme_id, theme_name, heard_mentions, heard_accounts, heard_arr
FROM voc.heard_vs_building JOIN core.theme USING (theme_id)
WHERE valid_to IS NULL AND state = 'heard_not_building' ORDER BY heard_rank, theme_id
"""
EMERGING = """
SELECT label, mentions, accounts, first_seen, state FROM voc.emerging_theme
WHERE state IN ('new', 'growing') ORDER BY mentions DESC, cluster_key
"""
NPS = """
SELECT month_start, n, nps, nps_low, nps_high, change, change_is_significant FROM voc.nps_monthly
WHERE segment = 'all' ORDER BY month_start DESC LIMIT 1
"""
QUOTE = """
SELECT quote, segment, channel, occurred_at, feedback_id FROM voc.theme_evidence
WHERE theme_id = ? AND stance = 'supporting' ORDER BY rank LIMIT 1
"""

NEWEST_QUOTE = """
SELECT quote, segment, channel, occurred_at, feedback_id
FROM core.feedback_theme JOIN core.feedback USING (feedback_id) LEFT JOIN core.account USING (account_id)
WHERE theme_id = ? AND occurred_at < CAST(? AS DATE) + 7 ORDER BY occurred_at DESC, feedback_id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a section.

    Attributes:
        text: what the marts say.
        quote: a customer's words for it; may be empty.
        source: who said them, when and where they are stored.
    """

    text: str
    quote: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What one question of the week was answered.

    Attributes:
        title: heading.
        said: its lines, or why there are none.
        table: the mart that it comes from.
    """

    title: str
    said: tuple[Said, ...]
    table: str


@dataclass(frozen=True, slots=True)
class VocDigest:
    """A week of the voice of the customer.

    Attributes:
        week: its Monday.
        sections: in the order in which they are read.
        run_id: the run that published the numbers.
    """

    week: date
    sections: tuple[Section, ...]
    run_id: str

    @property
    def title(self) -> str:
        """What this is."""
        return f"Voice of customer, week of {self.week:%d %B %Y}"

    @property
    def source(self) -> str:
        """Where the numbers come from."""
        tables = ", ".join(dict.fromkeys(section.table for section in self.sections))
        return f"Numbers from {tables}, published by run {self.run_id}; intervals are 95 %."


def read_voc_digest(connection: duckdb.DuckDBPyConnection, currency: str) -> VocDigest:
    """The digest of the newest complete week.

    Args:
        connection: the published database.
        currency: what the money in it is counted in.

    Raises:
        DigestProblem: no week is complete yet.
    """
    try:
        [(week,)] = connection.execute(WEEK).fetchall()
    except duckdb.CatalogException:
        week = None
    if week is None:
        raise DigestProblem("No complete week of feedback is published yet. Deliver exports and call `earshot run`.")
    newest = connection.execute(
        "SELECT run_id FROM trust.run WHERE state = 'published' ORDER BY started_at DESC LIMIT 1"
    ).fetchone()
    return VocDigest(
        week,
        (
            _section(connection, "NPS", "voc.nps_monthly", NPS, [], _nps, "nobody answered a survey"),
            _section(
                connection,
                "Rising themes",
                "voc.theme_weekly",
                RISING,
                [week],
                _rising,
                "none rises more than chance would have it",
            ),
            _section(
                connection, "Most said this week", "voc.theme_weekly", MOST_SAID, [week], _share, "no theme was mentioned"
            ),
            _section(
                connection,
                "Revenue behind themes",
                "voc.theme_summary",
                HEAVIEST,
                [],
                lambda row: _money(row, currency),
                "no account with known revenue raised a theme",
            ),
            _section(
                connection,
                "Heard, and nobody builds it",
                "voc.heard_vs_building",
                NOT_BUILT,
                [],
                _unbuilt,
                "everything heard is planned",
            ),
            _section(
                connection, "Emerging, outside the taxonomy", "voc.emerging_theme", EMERGING, [], _emerging, "nothing new"
            ),
        ),
        newest[0] if newest else "unknown",
    )


def _section(
    connection: duckdb.DuckDBPyConnection, title: str, table: str, query: str, values: list[Any], told: Any, silence: str
) -> Section:
    answer = connection.execute(query, values)
    names = [column[0] for column in answer.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchmany(LONGEST_LIST)]
    said = tuple(_with_quote(connection, told(row), row) for row in rows)
    return Section(title, said or (Said(f"Nothing to report: {silence}."),), table)


def _with_quote(connection: duckdb.DuckDBPyConnection, text: str, row: dict[str, Any]) -> Said:
    """A line with the newest words on the week's themes, or the best evidence of a theme told over a longer time."""
    theme, week = row.get("theme_id"), row.get("week_start")
    asked = (NEWEST_QUOTE, [theme, week]) if week else (QUOTE, [theme])
    found = connection.execute(*asked).fetchone() if theme else None
    if found is None:
        return Said(text)
    quote, segment, channel, at, key = found
    return Said(text, flat(quote), f"{segment or 'unknown segment'}, {channel}, {at:%Y-%m-%d} · {key}")


def _nps(row: dict[str, Any]) -> str:
    month = f"{row['month_start']:%B %Y}"
    if row["nps"] is None:
        return f"{month}: too few answers to say anything (n = {row['n']})"
    moved = (
        "" if row["change"] is None else f"; {row['change']:+.0f} on the month before, {_sure(row['change_is_significant'])}"
    )
    return f"{month}: {row['nps']:.0f} ({row['nps_low']:.0f} to {row['nps_high']:.0f}, n = {row['n']}){moved}"


def _by(mentions: int, accounts: int) -> str:
    return f"{mentions} mention{'s' * (mentions != 1)} by {accounts} account{'s' * (accounts != 1)}"


def _sure(significant: bool | None) -> str:
    return "more than chance" if significant else "within chance"


def _rising(row: dict[str, Any]) -> str:
    grown = f"{row['recent_mentions']} mentions in 8 weeks where {row['recent_expected']:.1f} are usual"
    return f"{row['theme_name']} ({row['trend']}): {grown}; {_shared(row)}"


def _share(row: dict[str, Any]) -> str:
    return f"{row['theme_name']}: {_by(row['mentions'], row['accounts'])}; {_shared(row)}"


def _shared(row: dict[str, Any]) -> str:
    if row["share"] is None:
        return f"too little feedback this week for a share (n = {row['feedback_n']})"
    sure = f"{row['share_low']:.0%} to {row['share_high']:.0%}, n = {row['feedback_n']}"
    return f"{row['share']:.0%} of the week's feedback ({sure})"


def _money(row: dict[str, Any], currency: str) -> str:
    between = (
        ""
        if row["arr_exposed_low"] is None
        else f" ({row['arr_exposed_low']:,.0f} to {row['arr_exposed_high']:,.0f}, n = {row['accounts']} accounts)"
    )
    return f"{row['theme_name']}: {row['arr_exposed']:,.0f} {currency}{between}"


def _unbuilt(row: dict[str, Any]) -> str:
    return f"{row['theme_name']}: {_by(row['heard_mentions'], row['heard_accounts'])}"


def _emerging(row: dict[str, Any]) -> str:
    return f"{flat(row['label'])} ({row['state']}): {_by(row['mentions'], row['accounts'])} since {row['first_seen']}"


def render_voc(digest: VocDigest, form: str) -> str:
    """The digest as `markdown`, `html` or `slack`."""
    if form == "slack":
        return json.dumps({"blocks": _blocks(digest)}, ensure_ascii=False, indent=1) + "\n"
    return _html(digest) if form == "html" else _markdown(digest)


def voc_message(digest: VocDigest) -> Message:
    """The digest as a message for every channel."""
    return Message(digest.title, _markdown(digest), _html(digest), tuple(_blocks(digest)))


def _markdown(digest: VocDigest) -> str:
    lines = [f"# {digest.title}", ""]
    for section in digest.sections:
        lines += [f"## {section.title}", ""]
        for said in section.said:
            lines += [f"- {said.text}", *([f"  > {said.quote}", "  >", f"  > {said.source}"] if said.quote else [])]
        lines.append("")
    return "\n".join([*lines, f"_{digest.source}_"]) + "\n"


def _html(digest: VocDigest) -> str:
    body = [f"<h1>{html.escape(digest.title)}</h1>"]
    for section in digest.sections:
        items = "".join(f"<li>{html.escape(said.text)}{_quoted(said)}</li>" for said in section.said)
        body.append(f"<h2>{html.escape(section.title)}</h2><ul>{items}</ul>")
    return html_page(digest.title, "\n".join([*body, f"<p><small>{html.escape(digest.source)}</small></p>"]))


def _quoted(said: Said) -> str:
    if not said.quote:
        return ""
    return f"<blockquote>{html.escape(said.quote)}<br><small>{html.escape(said.source)}</small></blockquote>"


def _blocks(digest: VocDigest) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"type": "header", "text": {"type": "plain_text", "text": digest.title[:150]}}]
    for section in digest.sections:
        blocks += slack_texts([f"*{section.title}*", *_slack_lines(section.said)])
    return [*blocks, {"type": "context", "elements": [{"type": "mrkdwn", "text": slack_safe(digest.source)}]}]


def _slack_lines(lines: Sequence[Said]) -> list[str]:
    told = []
    for said in lines:
        told.append(f"• {slack_safe(said.text)}")
        if said.quote:
            told += [f"> {slack_safe(said.quote)}", f"_{slack_safe(said.source)}_"]
    return told
