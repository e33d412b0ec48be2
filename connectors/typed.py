"""From text to typed columns and reasons: SQL made from the spec, run by DuckDB over Arrow, the same for every format.

A value converts or it gives its row a reason; nothing is rounded, cut or guessed on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from connectors.json_rows import too_deep
from connectors.parts import Limits
from connectors.spec import ExportSpec, Field

SHOWN = 80
TRUE = ("true", "t", "yes", "y", "1")
FALSE = ("false", "f", "no", "n", "0")
WHOLE = r"[+-]?\d+(\.0*)?"
DECIMAL = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
EPOCH_FACTOR = {"s": 1_000_000, "ms": 1_000, "us": 1}
# Abbreviated months of German, French, Spanish, Italian, Portuguese and Dutch, where they are not the English ones.
MONTHS = {
    "Jan": "janv|ene|gen|jän",
    "Feb": "févr?|fevr?",
    "Mar": "mär|märz|mars|mrt|mrz",
    "Apr": "avr|avril|abr",
    "May": "mai|mag|mei|mayo",
    "Jun": "juin|juni|giu",
    "Jul": "juil|juli|lug",
    "Aug": "août|aout|ago",
    "Sep": "sept|set",
    "Oct": "okt|ott|out",
    "Nov": "novembre",
    "Dec": "dez|déc|dic",
}
# Ends of lines and blocks, then what is no text at all, in HTML.
LINE_BREAK = r"(?i)<(br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>\s*"
MARKUP = r"(?is)<(script|style)\b.*?</(script|style)\s*>|<!--.*?-->|</?[a-z][^<>]*>"
# A mention in HTML is somebody's name.
HTML_MENTION = r"(?is)<at\b[^<>]*>.*?</at\s*>"
HTML_MARKUP = ((HTML_MENTION, "'@someone'"), (LINE_BREAK, "chr(10)"), (MARKUP, "''"))
# Mentions of people keep no id, which is as good as a name; channels and links keep their label.
SLACK_MARKUP = (
    (r"<@[A-Z0-9]+(\|[^<>]*)?>", "'@someone'"),
    (r"<#[A-Z0-9]+\|([^<>]+)>", r"'#\1'"),
    (r"<#[A-Z0-9]+\|?>", "'#channel'"),
    (r"<!subteam\^[^<>]*>", "'@team'"),
    (r"<!(here|channel|everyone)(\|[^<>]*)?>", r"'@\1'"),
    (r"<![^<>|]*\|([^<>]*)>", r"'\1'"),
    (r"<mailto:([^<>|]*)(\|[^<>]*)?>", r"'\1'"),
    (r"<([a-z]+:[^<>|]*)\|([^<>]*)>", r"'\2 (\1)'"),
    (r"<([a-z]+:[^<>|]*)>", r"'\1'"),
)
# The ampersand last, so that nothing is read twice.
ENTITIES = (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&rsquo;", "’"), ("&amp;", "&"))


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL string literal."""
    if "\0" in text:
        # The parser takes a NUL character for the end of the query.
        return f"concat({', chr(0), '.join(literal(piece) for piece in text.split(chr(0)))})"
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where the text of a field comes from.

    Attributes:
        labels: header names or paths, for messages.
        expressions: SQL texts, best first; a row's first non-empty one counts.
        is_json: whether these are JSON texts already, not cells that may hold one.
    """

    labels: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What the typing query of one batch needs beyond the spec.

    Attributes:
        relation: SQL of the relation that the expressions read; the order of its rows is kept.
        sources: field name → where its text comes from.
        extra: names and SQL of the JSON texts that make up `_extra`.
        extra_entries: SQL of a list of further `"key":value` texts of it.
        zone: the file's own time zone, if it names one.
        reasons: further SQL conditions and reasons that come before those of the fields.
        surrogate: SQL of a text that identifies a row by its content.
        suspicious: whether values may hold NUL characters or be too large, which costs a look at each.
        nulled: whether texts that mean "no value" are null in the relation already.
        direct: field name → column of the relation that is the field as it stands, and need not pass through SQL.
    """

    relation: str
    sources: Mapping[str, FieldSource]
    extra: Sequence[tuple[str, str]] = ()
    extra_entries: str | None = None
    zone: str | None = None
    reasons: Sequence[tuple[str, str]] = ()
    surrogate: str | None = None
    suspicious: bool = False
    nulled: bool = False
    direct: Mapping[str, str] = field(default_factory=dict)


def typing_query(spec: ExportSpec, plan: Plan, limits: Limits) -> str:
    """SQL that yields the declared fields that are not direct, `_extra` and `_reason` (null for a good row)."""
    texts, values, reasons = [], [], [*plan.reasons]
    for i, f in enumerate(spec.fields):
        if f.name in plan.direct and not (f.required or plan.suspicious):
            continue
        source = plan.sources.get(f.name, FieldSource())
        texts.append(f"{_text(spec, f, source, plan)} AS t{i}")
        values.append(f"{_value(f, source, f't{i}', plan.zone)} AS v{i}")
        reasons += _reasons(spec, f, i, source, plan, limits)
    if plan.suspicious:
        reasons += [
            (f"strlen({value}) > {limits.max_field_bytes}", _too_large(name, value, limits)) for name, value in plan.extra
        ]
    columns = "".join(f"v{i} AS {quoted(f.name)}, " for i, f in enumerate(spec.fields) if f.name not in plan.direct)
    reason = f"CASE {' '.join(f'WHEN {when} THEN {then}' for when, then in reasons)} END" if reasons else "NULL::VARCHAR"
    extra = _extra(plan.extra, plan.extra_entries)
    return (
        f"SELECT {columns}_extra, {reason} AS _reason FROM (SELECT {', '.join(['*', *values])} FROM "
        f"(SELECT {', '.join(['*', *texts])}, {extra} AS _extra FROM {plan.relation}))"
    )


def _text(spec: ExportSpec, f: Field, source: FieldSource, plan: Plan) -> str:
    if not source.expressions:
        return plan.surrogate if plan.surrogate and f.name == spec.key[0] else "NULL::VARCHAR"
    texts = list(source.expressions) if plan.nulled else [f"nullif({e}, '')" for e in source.expressions]
    if spec.nulls and not plan.nulled:
        nulls = ", ".join(literal(null) for null in ("", *spec.nulls))
        texts = [f"CASE WHEN {e} NOT IN ({nulls}) THEN {e} END" for e in source.expressions]
    return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"


def _value(f: Field, source: FieldSource, text: str, zone: str | None) -> str:  # noqa: PLR0911 - one for each type
    """SQL of the typed value of a text. The usual spelling is tried first, the tolerant one only where that fails."""
    trimmed = f"trim({text}, ' \t\r\n')"
    match f.type:
        case "string":
            inner = _elements(text, f.elements) if f.elements else text
            return _plain(inner, f.markup) if f.markup else inner
        case "json" if source.is_json:
            return _unwrapped(text)
        case "json":
            return f"CASE WHEN json_valid({text}) THEN {text} ELSE CAST(to_json({text}) AS VARCHAR) END"
        case "integer":
            return f"CASE WHEN regexp_full_match({trimmed}, '{WHOLE}') THEN TRY_CAST({text} AS BIGINT) END"
        case "number":
            if f.unit:
                trimmed = text = f"rtrim({trimmed}, {literal(' ' + f.unit)})"
            cast = f"TRY_CAST({text} AS DOUBLE)"
            return f"CASE WHEN regexp_full_match({trimmed}, '{DECIMAL}') AND isfinite({cast}) THEN {cast} END"
        case "boolean":
            low = f"lower({trimmed})"
            return f"CASE WHEN {low} IN {TRUE} THEN true WHEN {low} IN {FALSE} THEN false END"
        case "date":
            tolerant = [f"TRY_CAST({trimmed} AS DATE)", *(_parsed(f, form, trimmed, "DATE", "{}") for form in f.formats)]
            return _moment(text, trimmed, f"TRY_CAST({text} AS DATE)", tolerant)
        case "timestamp":
            return _timestamp(f, text, trimmed, zone or f.zone)


def _elements(text: str, path: str) -> str:
    """SQL of the texts at a path inside a JSON text, one a line; what is no JSON stays as it is."""
    joined = f"array_to_string(json_extract_string({text}, {literal(path)}), chr(10))"
    return f"CASE WHEN json_valid({text}) THEN nullif({joined}, '') ELSE {text} END"


def _unwrapped(text: str) -> str:
    """SQL of a JSON text; an object or list that was written as a string, as columnar exports do, is taken out of it."""
    inner = f"json_extract_string({text}, '$')"
    wrapped = f"(starts_with({text}, '\"{{') OR starts_with({text}, '\"['))"
    return f"CASE WHEN {wrapped} AND json_valid({inner}) THEN {inner} ELSE {text} END"


def _plain(text: str, markup: str) -> str:
    """SQL of the words of a marked-up text; blocks and line breaks of HTML become line ends."""
    bare = text
    for pattern, shown in SLACK_MARKUP if markup == "slack" else HTML_MARKUP:
        bare = f"regexp_replace({bare}, {literal(pattern)}, {shown}, 'g')"
    for entity, character in ENTITIES:
        bare = f"replace({bare}, {literal(entity)}, {literal(character)})"
    return f"nullif(trim({bare}, ' \t\r\n'), '')"


def _timestamp(f: Field, text: str, trimmed: str, zone: str) -> str:
    """UTC as a TIMESTAMP without zone: DuckDB's casts from text to a type with zone are forty times slower."""
    shift = "{}" if zone == "UTC" else f"make_timestamp(epoch_us(timezone({literal(zone)}, {{}})))"

    def iso(value: str) -> str:
        naive = shift.format(f"TRY_CAST({value} AS TIMESTAMP)")
        aware = f"make_timestamp(epoch_us(TRY_CAST({value} AS TIMESTAMPTZ)))"
        # An offset has a sign after the minutes. A cast without zone understands Z and UTC, but would pass them off as local.
        offset = f"contains({value}, '+') OR contains(substr({value}, 14), '-')"
        if zone != "UTC":
            offset += f" OR regexp_matches({value}, '[A-Za-z]$')"
        return f"CASE WHEN {offset} THEN {aware} ELSE {naive} END"

    tolerant = [iso(trimmed), *(_parsed(f, form, trimmed, "TIMESTAMP", shift) for form in f.formats)]
    value = _moment(text, trimmed, iso(text), tolerant)
    if f.epoch is None:
        return value
    seconds = f"TRY_CAST({text} AS DOUBLE)"
    # As seconds a moment of ours has at most eleven digits, as milliseconds at most fourteen.
    by_size = f"CASE WHEN abs({seconds}) < 1e11 THEN 1000000 WHEN abs({seconds}) < 1e14 THEN 1000 ELSE 1 END"
    number = f"{seconds} * ({by_size if f.epoch == 'auto' else EPOCH_FACTOR[f.epoch]})"
    epoch = f"CASE WHEN abs({number}) < 9e18 THEN make_timestamp(CAST({number} AS BIGINT)) END"
    return f"CASE WHEN regexp_full_match({trimmed}, '{DECIMAL}') THEN {epoch} ELSE {value} END"


def _moment(text: str, trimmed: str, usual: str, tolerant: Sequence[str]) -> str:
    """Words such as `infinity` and `epoch`, which DuckDB takes for dates, do not begin with a digit."""
    strict = f"CASE WHEN {text} >= '0' AND {text} < ':' THEN {usual} END"
    lenient = f"CASE WHEN {trimmed} >= '0' AND {trimmed} < ':' THEN {tolerant[0]} END"
    return f"CASE WHEN {text} IS NOT NULL THEN coalesce({', '.join([strict, lenient, *tolerant[1:]])}) END"


def _parsed(f: Field, form: str, text: str, kind: str, shift: str) -> str:
    parsed = f"try_strptime({_spoken(text, form)}, {literal(form)})"
    # A format with an offset yields a moment, one without a local time.
    local = f"make_timestamp(epoch_us({parsed}))" if "%z" in form.lower() else shift.format(parsed)
    return f"CAST({local} AS {kind})"


def _spoken(text: str, form: str) -> str:
    """SQL of a local stamp as strptime reads it: English months, offsets of two digits, no zone in brackets behind them."""
    if "%z" in form.lower():
        bare = f"regexp_replace({text}, ' [(][^()]*[)]$', '')"
        return f"regexp_replace({bare}, '(GMT|UTC)([+-])([0-9])(:[0-9]{{2}})?$', '\\1\\20\\3\\4')"
    if "%b" in form:
        for english, others in MONTHS.items():
            text = f"regexp_replace({text}, '(?i)\\b({others})\\b\\.?', '{english}')"
    return text


def _reasons(spec: ExportSpec, f: Field, i: int, source: FieldSource, plan: Plan, limits: Limits) -> list[tuple[str, str]]:
    name = source.labels[0] if source.labels else f.name
    label = literal(f'column "{name}": ')
    text, value = f"t{i}", f"v{i}"
    shown = f"(CASE WHEN length({text}) > {SHOWN} THEN left({text}, {SHOWN}) || '…' ELSE {text} END)"
    found: list[tuple[str, str]] = []

    def because(when: str, why: str, show: bool = True) -> None:
        then = f"{label} || '\"' || {shown} || '\" ' || {literal(why)}" if show else f"{label} || {literal(why)}"
        found.append((when, then))

    if not source.expressions and not plan.surrogate:
        if f.required:
            because("true", "the record does not have this required value", show=False)
        return found
    if plan.suspicious and source.expressions:
        found.append((f"strlen({text}) > {limits.max_field_bytes}", _too_large(name, text, limits)))
        because(f"contains({text}, chr(0))", "holds a NUL character, which no text has")
    if f.required:
        because(f"{text} IS NULL", "a value is required here and there is none", show=False)
    if f.type not in ("string", "json"):
        because(f"{value} IS NULL AND {text} IS NOT NULL", f"is not {KINDS[f.type]}")
    if f.type in ("integer", "number"):
        if f.minimum is not None:
            because(f"{value} < {f.minimum!r}", f"is less than {f.minimum:g}")
        if f.maximum is not None:
            because(f"{value} > {f.maximum!r}", f"is more than {f.maximum:g}")
    if f.type in ("timestamp", "date"):
        low, high = _stamp(limits.earliest), _stamp(limits.latest)
        why = f"is outside {limits.earliest:%Y-%m-%d} to {limits.latest:%Y-%m-%d}"
        because(f"{value} < TIMESTAMP '{low}' OR {value} >= TIMESTAMP '{high}'", why)
    return found


def _too_large(name: str, value: str, limits: Limits) -> str:
    label = literal(f'column "{name}": the value has ')
    return f"{label} || format('{{:,}} bytes; the limit is {limits.max_field_bytes:,}', strlen({value}))"


KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "timestamp": "a date and time",
    "date": "a date",
}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _extra(pairs: Sequence[tuple[str, str]], entries: str | None) -> str:
    """JSON object of the non-null pairs, or null where there is none."""
    texts = [f"nullif(array_to_string({entries}, ','), '')"] if entries else []
    for name, value in pairs:
        texts.append(f"CASE WHEN {value} IS NOT NULL THEN CAST(to_json({literal(name)}) AS VARCHAR) || ':' || {value} END")
    if not texts:
        return "NULL::VARCHAR"
    return f"'{{' || nullif(concat_ws(',', {', '.join(texts)}), '') || '}}'"


def connection() -> duckdb.DuckDBPyConnection:
    """A private in-memory database of one thread that reads UTC and never reaches out."""
    con = duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False})
    con.execute("SET TimeZone = 'UTC'")
    return con


def split(
    spec: ExportSpec, typed: pa.Table, given: Mapping[str, pa.Array], limits: Limits
) -> tuple[pa.RecordBatch, pa.Array, pa.Array]:
    """Good rows in the spec's schema; and the positions and reasons of the others.

    Args:
        spec: the stream.
        typed: result of the typing query.
        given: columns that did not pass through it: direct fields and `_line`.
        limits: bounds on what is accepted.
    """
    schema = spec.arrow_schema()
    columns = [given[f.name] if f.name in given else _as(typed.column(f.name), f.type) for f in schema]
    rows = pa.RecordBatch.from_arrays(columns, schema=schema)
    reasons = _with_deep(spec, rows, _whole(typed.column("_reason")), limits)
    if reasons.null_count == len(reasons):
        return rows, pa.array([], pa.int64()), pa.array([], pa.string())
    bad = pc.is_valid(reasons)
    return rows.filter(pc.invert(bad)), pc.indices_nonzero(bad).cast(pa.int64()), reasons.filter(bad)


def _with_deep(spec: ExportSpec, rows: pa.RecordBatch, reasons: pa.Array, limits: Limits) -> pa.Array:
    """The reasons, and one more for each value that nests too deeply."""
    for name in (*(f.name for f in spec.fields if f.type == "json"), "_extra"):
        deep = set(too_deep(rows.column(name), limits.max_depth))
        if deep:
            why = f'column "{name}": the value nests deeper than {limits.max_depth} levels'
            known = reasons.to_pylist()
            reasons = pa.array([reason or (why if i in deep else None) for i, reason in enumerate(known)], pa.string())
    return reasons


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    array = _whole(column)
    if array.type == kind:
        return array
    if pa.types.is_timestamp(kind):
        # The query yields UTC without saying so; the bits are the same.
        return array.view(kind)
    return array.cast(kind)
