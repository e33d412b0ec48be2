"""The pieces that pages are made of: sections, tables, figures with intervals, and what stands where there is too little data.

All of them are plain HTML in the colours of the theme: they print, they are read aloud, and they load nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html

from dashboards.numbers import name, words
from dashboards.published import Reader, Row

Cell = Callable[[Row], Any]
# A cell up to so many characters stays on one line: days, numbers with their interval.
SHORT = 24
STATE_TONES = {
    "rising": "warn",
    "new": "warn",
    "falling": "calm",
    "firing": "bad",
    "watch": "warn",
    "clear": "good",
    "ready": "good",
    "aware_not_ready": "bad",
    "not_aware": "warn",
    "not_ready": "bad",
    "heard_not_building": "bad",
    "building_not_heard": "warn",
    "aligned": "good",
    "shipped": "good",
    "declined": "calm",
    "fresh": "good",
    "late": "warn",
    "stale": "bad",
    "published": "good",
    "blocked": "bad",
    "failed": "bad",
    "driver": "warn",
    "growing": "warn",
}
STATE_MEANINGS = {
    "insufficient_data": "Too few observations for an honest number. More data, a longer period or a wider filter may help.",
    "suppressed": "The group is smaller than the privacy setting allows to be shown.",
    "stable": "No change was shown; that is not proof that there is none.",
    "not_shown": "An effect was not shown; that is not proof that there is none.",
    "heard_not_building": "Customers say it; nothing on the roadmap answers it and no decision declines it.",
    "building_not_heard": "It is on the roadmap; no customer was heard asking for it.",
    "aware_not_ready": "The teams know of it and cannot yet act on it.",
    "no_events": "Files arrive, but hold nothing new.",
}


def link(path: str, **filters: Any) -> str:
    """Address of a page with its filters set, as Vizro writes them into the address."""
    written = {key: "b64_" + _packed(value) for key, value in filters.items()}
    return f"/{path}?{urlencode(written)}" if written else f"/{path}"


def _packed(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii").rstrip("=")


def section(title: str, *body: Any, note: str = "", key: str = "") -> html.Section:
    """A block under a title that says the finding.

    Args:
        title: the finding.
        body: what shows it.
        note: how to read it, in a sentence.
        key: its anchor in the page.
    """
    more = {"id": key} if key else {}
    parts = [html.H2(title), *([html.P(note, className="note")] if note else []), *body]
    return html.Section(parts, className="block", **more)


def rule(reader: Reader, *metrics: str) -> html.Details:
    """How the metrics shown are counted, folded away."""
    items = [part for metric in metrics for part in (html.Dt(name(metric)), html.Dd(reader.rules.get(metric, "not described")))]
    counted = ", ".join(name(metric) for metric in metrics)
    told = html.Summary("How this is counted", **{"aria-label": f"How this is counted: {counted}"})
    return html.Details([told, html.Dl(items)], className="rule")


def badge(state: str | None) -> html.Span:
    """A state as a word with a colour; the word alone says it."""
    return html.Span(
        name(state),
        className=f"badge {STATE_TONES.get(state or '', 'quiet')}",
        title=STATE_MEANINGS.get(state or "", ""),
    )


def empty(why: str) -> html.Div:
    """What stands where there are no rows."""
    return html.Div([html.Strong("Nothing to show"), html.P(why)], className="empty", role="status")


def insufficient(what: str, n: int | None) -> html.Div:
    """What stands where there is too little data for a number."""
    seen = f" So far: n = {n or 0:,}." if n is not None else ""
    return html.Div(
        [html.Strong(f"Not enough data for {what}"), html.P(STATE_MEANINGS["insufficient_data"] + seen)],
        className="empty",
        role="status",
    )


def legend_of_states(rows: Sequence[Row], *columns: str) -> html.Dl | None:
    """What the states in these rows mean, those that need saying."""
    seen = {row[column] for row in rows for column in columns}
    items = [part for state, text in STATE_MEANINGS.items() if state in seen for part in (html.Dt(name(state)), html.Dd(text))]
    return html.Dl(items, className="states") if items else None


def table(
    rows: Sequence[Row],
    columns: Mapping[str, str | Cell],
    caption: str,
    why_empty: str,
    top: int = 50,
    found: int | None = None,
) -> html.Div:
    """A table for eyes and screen readers.

    Args:
        rows: what it shows.
        columns: heading to column of the row, or to what makes the cell.
        caption: what it is, read aloud first.
        why_empty: said where there are no rows.
        top: rows that are shown; the rest is counted.
        found: how many there are, where `rows` are only the first.
    """
    if not rows:
        return empty(why_empty)
    numeric = {heading for heading, cell in columns.items() if isinstance(cell, str) and _is_number(rows, cell)}
    head = html.Tr([html.Th(heading, scope="col", className="number" if heading in numeric else "") for heading in columns])
    body = [_table_row(row, columns, numeric) for row in rows[:top]]
    hidden = (len(rows) if found is None else found) - len(body)
    more = [html.P(f"{hidden:,} more rows are in the database.", className="note")] if hidden > 0 else []
    grid = html.Table([html.Caption(caption), html.Thead(head), html.Tbody(body)])
    return html.Div([grid, *more], className="scroller", tabIndex=0, role="region", **{"aria-label": caption})


def listing(
    title: str,
    rows: Sequence[Row],
    columns: Mapping[str, str | Cell],
    caption: str,
    why_empty: str,
    *below: Any,
    none: str = "",
    states: Sequence[str] = (),
    top: int = 50,
    found: int | None = None,
    note: str = "",
    key: str = "",
) -> html.Section:
    """A block that is one table.

    Args:
        title: the finding.
        rows: see `table`, as for the columns, the caption, why there are no rows, and the rows at most.
        columns: heading to what makes the cell.
        caption: what the table is.
        why_empty: said where there are no rows.
        below: what stands under the table.
        none: the finding where there are no rows; else the title.
        states: columns whose states are told under the table, where they need saying.
        top: rows that are shown.
        found: how many there are, where `rows` are only the first.
        note: how to read it, in a sentence.
        key: its anchor in the page.
    """
    legend = legend_of_states(rows, *states) or ""
    finding = title if rows else none or title
    return section(finding, table(rows, columns, caption, why_empty, top, found), legend, *below, note=note, key=key)


def _table_row(row: Row, columns: Mapping[str, str | Cell], numeric: set[str]) -> html.Tr:
    cells = []
    for position, (heading, cell) in enumerate(columns.items()):
        content = words(row[cell]) if isinstance(cell, str) else cell(row)
        short = isinstance(content, str) and len(content) <= SHORT
        kind = "number" if heading in numeric else "day" if short else ""
        cells.append(html.Th(content, scope="row") if position == 0 else html.Td(content, className=kind))
    return html.Tr(cells)


def _is_number(rows: Sequence[Row], column: str) -> bool:
    return any(isinstance(row[column], int | float) and not isinstance(row[column], bool) for row in rows)


def interval_bars(rows: Sequence[tuple[Any, float | None, float | None, float | None, str]], what: str) -> html.Div:
    """A bar per row with its 95 % interval as a whisker.

    Args:
        rows: label, value, low, high, and the number as text.
        what: what the bars measure, for those who hear the page.
    """
    top = max((value for _, *numbers, _ in rows for value in numbers if value is not None), default=0) or 1
    lines = []
    for label, value, low, high, said in rows:
        marks = []
        if value is not None:
            marks.append(html.Div(className="bar", style={"width": f"{100 * value / top:.1f}%"}))
        if low is not None and high is not None:
            marks.append(
                html.Div(
                    className="whisker", style={"left": f"{100 * low / top:.1f}%", "width": f"{100 * (high - low) / top:.1f}%"}
                )
            )
        lines.append(
            html.Li(
                [
                    html.Span(label, className="label"),
                    html.Div(marks, className="track", **{"aria-hidden": "true"}),
                    html.Span(said, className="said"),
                ]
            )
        )
    return html.Ul(lines, className="bars", **{"aria-label": f"{what}; lines show the 95 % interval"})


def trend_chart(points: Sequence[tuple[str, float | None, float | None, float | None, str]], what: str) -> html.Figure:
    """Values over time, each with its interval: a dot on a band.

    Args:
        points: when, value, low, high, and the number as text.
        what: what is shown, for those who hear the page.
    """
    highs = [high if high is not None else value for _, value, _, high, _ in points]
    lows = [low if low is not None else value for _, value, low, _, _ in points]
    top = max((value for value in highs if value is not None), default=1) or 1
    bottom = min(0.0, min((value for value in lows if value is not None), default=0.0))
    span = (top - bottom) or 1

    def at(value: float) -> str:
        return f"{100 * (value - bottom) / span:.1f}%"

    columns = []
    for when, value, low, high, said in points:
        marks = []
        if bottom < 0:
            marks.append(html.Div(className="zero", style={"bottom": at(0)}))
        if low is not None and high is not None:
            marks.append(html.Div(className="band", style={"bottom": at(low), "height": f"{100 * (high - low) / span:.1f}%"}))
        if value is not None:
            marks.append(html.Div(className="dot", style={"bottom": at(value)}))
        else:
            marks.append(html.Span("too few", className="missing"))
        plot = html.Div(marks, className="plot", **{"aria-hidden": "true"})
        columns.append(html.Li([plot, html.Span(when, className="when"), html.Span(said, className="value")]))
    scale = " The dashed line is zero." if bottom < 0 else ""
    return html.Figure(
        [html.Div(html.Ul(columns), className="trend"), html.Figcaption(f"{what}. Bands are the 95 % interval.{scale}")]
    )


def mixes(parts: Sequence[str], rows: Sequence[tuple[str, Sequence[int], str]], what: str) -> list[Any]:
    """Shares of a whole, a bar per row, after a key to the tones.

    Args:
        parts: the names of up to three parts.
        rows: heading, the count of each part, and what is said of them.
        what: what is counted.
    """
    toned = [(part, f"tone-{tone}") for part, tone in zip(parts, "abc", strict=False)]
    key = html.P([html.Span(part, className=f"key {tone}") for part, tone in toned])
    bars = [
        html.Div([html.H3(heading), _mix_bar(toned, counts, what), html.P(said)], className="mix-row")
        for heading, counts, said in rows
    ]
    return [key, *bars]


def _mix_bar(toned: Sequence[tuple[str, str]], counts: Sequence[int], what: str) -> html.Div:
    total = sum(counts)
    pieces = [
        html.Div(
            f"{100 * count / total:.0f} %" if count / total > 0.08 else "",
            className=f"piece {tone}",
            style={"width": f"{100 * count / total:.2f}%"},
            title=f"{part}: {count:,} of {total:,} {what}",
        )
        for (part, tone), count in zip(toned, counts, strict=True)
        if count
    ]
    said = ", ".join(f"{part} {count:,}" for (part, _), count in zip(toned, counts, strict=True))
    return html.Div(pieces, className="mix", role="img", **{"aria-label": f"{name(what)}: {said}; n = {total:,}"})


def quote_list(rows: Sequence[Row]) -> html.Ul | html.Div:
    """What customers said, word for word, with who said it where and when."""
    if not rows:
        return empty(
            "No quote of this theme passes the rules for evidence: exact words, a hash that matches, a source to open."
        )
    return html.Ul([_quote(row) for row in rows], className="quotes")


def _quote(row: Row) -> html.Li:
    who = " · ".join(
        (row["account_name"] or "Account not known", name(row["segment"]), name(row["channel"]), words(row["said_on"]))
    )
    to = {"aria-label": f"open the source: {who}"}
    source = [html.A("open the source", href=row["source_url"], rel="noreferrer", **to)] if row["source_url"] else []
    against = " against" if row["stance"] == "counter" else ""
    stance = "Says otherwise. " if against else ""
    return html.Li(
        [html.Blockquote(f"“{' '.join(row['quote'].split())}”"), html.P([stance, who, " · " if source else "", *source])],
        className=f"quote{against}",
    )
