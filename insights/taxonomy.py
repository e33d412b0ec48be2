"""The theme taxonomy: what a workspace listens for, validated, versioned by content, with the lineage of its changes.

Every operation is a pure function from one taxonomy to the next; writing keeps the file's comments and order.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

Status = Literal["active", "merged", "split", "retired"]
STATUSES: tuple[str, ...] = get_args(Status)
DEFAULT = Path(__file__).parent / "default_themes.yml"

THEME_SCHEMA = pa.schema(
    [
        ("theme_id", pa.string()),
        ("theme_name", pa.string()),
        ("parent_theme_id", pa.string()),
        ("product_area", pa.string()),
        ("description", pa.string()),
        ("status", pa.string()),
        ("merged_into", pa.string()),
        ("valid_from", pa.timestamp("us", tz="UTC")),
        ("valid_to", pa.timestamp("us", tz="UTC")),
        ("taxonomy_version", pa.string()),
    ]
)
_ID = re.compile(r"^[a-z][a-z0-9_]{1,62}$")
_KEYS = (
    "id name parent product_area description seeds exclusions status merged_into split_into discovered_as valid_from valid_to"
)
_ORDER = _KEYS.split()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a taxonomy file, and what to do about it."""

    theme: str
    key: str
    what: str
    remedy: str
    line: int | None = None


class TaxonomyError(ValueError):
    """A taxonomy cannot be used; the message names file, theme, key and remedy of every problem found.

    Attributes:
        problems: everything that was found wrong, in the order of the file.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = []
        for problem in problems:
            place = source if problem.line is None else f"{source}, line {problem.line}"
            where = ", ".join(
                part
                for part in (f"theme {problem.theme!r}" * bool(problem.theme), f"{problem.key!r}" * bool(problem.key))
                if part
            )
            lines.append(f"{place}: {where + ': ' if where else ''}{problem.what}; {problem.remedy}")
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme: its stable id, what it means, and how customers say it.

    Attributes:
        id: stable for life, also through renames, merges and splits.
        name: what people read.
        description: one sentence on what belongs here.
        product_area: part of the product that it concerns.
        parent: id of a broader theme.
        seeds: phrases in customers' words.
        exclusions: phrases that rule the theme out for the clause that holds them.
        status: only active themes are assigned; the others keep the history readable.
        merged_into: for merged themes, the theme that took over.
        split_into: for split themes, the themes that took over.
        discovered_as: key of the discovered cluster that was promoted to this theme.
        valid_from: when the theme came into use; None = from the beginning.
        valid_to: when it went out of use.
    """

    id: str
    name: str
    description: str = ""
    product_area: str = ""
    parent: str | None = None
    seeds: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    status: Status = "active"
    merged_into: str | None = None
    split_into: tuple[str, ...] = ()
    discovered_as: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class Taxonomy:
    """A validated set of themes; equal content has an equal version.

    Attributes:
        themes: all themes, in the order of the file.
        source: name of the file, for messages.
    """

    themes: tuple[Theme, ...]
    source: str = "themes.yml"

    def __post_init__(self) -> None:
        problems = list(_problems(self.themes))
        if problems:
            raise TaxonomyError(self.source, problems)

    @property
    def active(self) -> tuple[Theme, ...]:
        """The themes that are assigned to texts."""
        return tuple(theme for theme in self.themes if theme.status == "active")

    @property
    def version(self) -> str:
        """Hash of the content: changes with every change of meaning, not with comments or layout."""
        content = [_as_record(theme) for theme in sorted(self.themes, key=lambda theme: theme.id)]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]

    def __getitem__(self, theme_id: str) -> Theme:
        for theme in self.themes:
            if theme.id == theme_id:
                return theme
        known = ", ".join(theme.id for theme in self.themes)
        raise TaxonomyError(self.source, [Problem(theme_id, "id", "there is no such theme", f"use one of: {known}")])

    def to_arrow(self) -> pa.Table:
        """One row a theme, in the schema of `enriched.theme`."""
        version = self.version
        rows = [
            {
                "theme_id": theme.id,
                "theme_name": theme.name,
                "parent_theme_id": theme.parent,
                "product_area": theme.product_area,
                "description": theme.description,
                "status": theme.status,
                "merged_into": theme.merged_into,
                "valid_from": theme.valid_from,
                "valid_to": theme.valid_to,
                "taxonomy_version": version,
            }
            for theme in self.themes
        ]
        return pa.Table.from_pylist(rows, schema=THEME_SCHEMA)


# --- reading ---------------------------------------------------------------------------------------------------------


def load_taxonomy(path: str | Path = DEFAULT) -> Taxonomy:
    """Read and validate a taxonomy file.

    Raises:
        TaxonomyError: the file cannot be read or used; the message says where and what to do.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "check the path, or save the file as UTF-8"
        raise TaxonomyError(str(path), [Problem("", "", f"cannot be read ({error})", remedy)]) from error
    return parse_taxonomy(text, source=str(path))


# A run asks for the same file several times, and reading YAML with its lines takes half a second.
@lru_cache(maxsize=4)
def parse_taxonomy(text: str, *, source: str = "themes.yml") -> Taxonomy:
    """Validate the text of a taxonomy file; `source` names it in messages."""
    document = _read_yaml(text, source)
    entries = document.get("themes") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or not entries:
        remedy = "list at least one theme under the key 'themes', or leave the file out to use the default taxonomy"
        raise TaxonomyError(source, [Problem("", "themes", "the taxonomy has no themes", remedy)])
    problems: list[Problem] = []
    themes = [theme for entry in entries if (theme := _read_theme(entry, problems)) is not None]
    lines = {str(entry.get("id")): entry.lc.line + 1 for entry in entries if isinstance(entry, CommentedMap)}
    problems += [replace(p, line=p.line or lines.get(p.theme)) for p in _problems(tuple(themes))]
    if problems:
        raise TaxonomyError(source, problems)
    return Taxonomy(tuple(themes), source)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _read_yaml(text: str, source: str) -> Any:
    try:
        return _yaml().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"is not valid YAML ({error.problem or error.context})"
        remedy = "fix the line; a value that holds ': ' or starts with a special character needs quotes"
        raise TaxonomyError(source, [Problem("", "", what, remedy, mark.line + 1 if mark else None)]) from error


def _read_theme(entry: Any, problems: list[Problem]) -> Theme | None:
    if not isinstance(entry, Mapping):
        problems.append(Problem("", "themes", f"{entry!r} is not a theme", "write it as '- id: …' with keys below it"))
        return None
    theme_id = str(entry.get("id", ""))
    line = entry.lc.line + 1 if isinstance(entry, CommentedMap) else None
    for key in entry:
        if key not in _ORDER:
            problems.append(Problem(theme_id, str(key), "is not a known key", f"use one of: {', '.join(_ORDER)}", line))
    for key in ("id", "name"):
        if not isinstance(entry.get(key), str) or not str(entry.get(key)).strip():
            problems.append(Problem(theme_id, key, "is missing or not text", f"give every theme a {key}", line))
            return None
    return Theme(
        id=theme_id,
        name=str(entry["name"]),
        description=_text(entry, "description", problems, line),
        product_area=_text(entry, "product_area", problems, line),
        parent=_text(entry, "parent", problems, line) or None,
        seeds=_texts(entry, "seeds", problems, line),
        exclusions=_texts(entry, "exclusions", problems, line),
        status=_text(entry, "status", problems, line) or "active",  # type: ignore[arg-type]  # judged by _problems
        merged_into=_text(entry, "merged_into", problems, line) or None,
        split_into=_texts(entry, "split_into", problems, line),
        discovered_as=_text(entry, "discovered_as", problems, line),
        valid_from=_moment(entry, "valid_from", problems, line),
        valid_to=_moment(entry, "valid_to", problems, line),
    )


def _text(entry: Mapping[str, Any], key: str, problems: list[Problem], line: int | None) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        problems.append(Problem(str(entry["id"]), key, f"{value!r} is not text", "put it in quotes", line))
        return ""
    return str(value).strip()


def _texts(entry: Mapping[str, Any], key: str, problems: list[Problem], line: int | None) -> tuple[str, ...]:
    value = entry.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        remedy = "write a list of phrases, one '- …' a line, numbers in quotes"
        problems.append(Problem(str(entry["id"]), key, "is not a list of phrases", remedy, line))
        return ()
    return tuple(str(item).strip() for item in value)


def _moment(entry: Mapping[str, Any], key: str, problems: list[Problem], line: int | None) -> datetime | None:
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        problems.append(Problem(str(entry["id"]), key, f"{entry[key]!r} is no date", "write it as 2026-01-31", line))
        return None
    plain = datetime(*value.timetuple()[:6], value.microsecond, value.tzinfo or UTC)
    return plain.astimezone(UTC)


# --- validation ------------------------------------------------------------------------------------------------------


def _problems(themes: tuple[Theme, ...]) -> Iterable[Problem]:
    if not any(theme.status == "active" for theme in themes):
        yield Problem("", "themes", "the taxonomy has no active theme", "keep at least one theme active")
    by_id: dict[str, Theme] = {}
    names: dict[str, str] = {}
    seeds: dict[str, str] = {}
    for theme in themes:
        if theme.id in by_id:
            yield Problem(theme.id, "id", "is used by two themes", "give each theme an id of its own")
        by_id.setdefault(theme.id, theme)
        yield from _own_problems(theme)
        if theme.status != "active":
            continue
        other = names.setdefault(theme.name.casefold(), theme.id)
        if other != theme.id:
            yield Problem(theme.id, "name", f"is also the name of {other!r}", "give active themes different names")
        for seed in theme.seeds:
            other = seeds.setdefault(" ".join(seed.casefold().split()), theme.id)
            if other != theme.id:
                yield Problem(
                    theme.id, "seeds", f"{seed!r} is also a seed of {other!r}", "keep it in the one theme it fits best"
                )
    for theme in themes:
        yield from _link_problems(theme, by_id)


def _own_problems(theme: Theme) -> Iterable[Problem]:
    if not _ID.match(theme.id):
        yield Problem(theme.id, "id", "is not a valid id", "use lower-case letters, digits and underscores, a letter first")
    if theme.status not in STATUSES:
        yield Problem(theme.id, "status", f"{theme.status!r} is unknown", f"use one of: {', '.join(STATUSES)}")
    if theme.status == "active" and not (theme.seeds or theme.description):
        yield Problem(theme.id, "seeds", "there is nothing to recognise it by", "add a description or a few seed phrases")
    if theme.valid_from and theme.valid_to and theme.valid_to < theme.valid_from:
        yield Problem(theme.id, "valid_to", "lies before valid_from", "swap or correct the dates")


def _link_problems(theme: Theme, by_id: Mapping[str, Theme]) -> Iterable[Problem]:
    if (theme.status == "merged") != (theme.merged_into is not None):
        yield Problem(
            theme.id, "merged_into", "does not agree with the status", "merged themes, and only they, name their heir"
        )
    if (theme.status == "split") != bool(theme.split_into):
        yield Problem(theme.id, "split_into", "does not agree with the status", "split themes, and only they, name their parts")
    links = [("parent", theme.parent), ("merged_into", theme.merged_into), *(("split_into", part) for part in theme.split_into)]
    for key, target in links:
        if target is not None and target not in by_id:
            yield Problem(theme.id, key, f"there is no theme {target!r}", "name an existing theme")
    for key in ("parent", "merged_into"):
        seen, current = [theme.id], theme
        while (following := getattr(current, key)) is not None and following in by_id:
            if following in seen:
                path = " → ".join([*seen, following])
                yield Problem(theme.id, key, f"goes round in a circle ({path})", f"remove one {key} of the circle")
                break
            seen.append(following)
            current = by_id[following]


# --- operations ------------------------------------------------------------------------------------------------------


def heir(taxonomy: Taxonomy, theme_id: str) -> str:
    """The theme that stands for this one today, following merges."""
    theme = taxonomy[theme_id]
    while theme.merged_into is not None:
        theme = taxonomy[theme.merged_into]
    return theme.id


def rename(taxonomy: Taxonomy, theme_id: str, name: str) -> Taxonomy:
    """Give a theme another name; its id, and so its history, stays."""
    return _with(taxonomy, {theme_id: replace(_active(taxonomy, theme_id), name=name)})


def retire(taxonomy: Taxonomy, theme_id: str, *, at: datetime) -> Taxonomy:
    """Stop assigning a theme; what was assigned stays readable."""
    return _with(taxonomy, {theme_id: replace(_active(taxonomy, theme_id), status="retired", valid_to=at)})


def merge(taxonomy: Taxonomy, theme_ids: Sequence[str], into: str, *, at: datetime) -> Taxonomy:
    """Let `into` take over other themes: they keep ids and seeds, so that they go on being recognised, and point to it."""
    _active(taxonomy, into)
    if into in theme_ids or not theme_ids:
        remedy = "name one or more other themes"
        raise TaxonomyError(taxonomy.source, [Problem(into, "merged_into", "a theme cannot be merged into itself", remedy)])
    sources = [_active(taxonomy, theme_id) for theme_id in theme_ids]
    changed = {theme.id: replace(theme, status="merged", merged_into=into, valid_to=at) for theme in sources}
    # A child of a merged theme hangs below the heir, unless it is the heir.
    for theme in taxonomy.themes:
        if theme.parent in theme_ids:
            current = changed.get(theme.id, theme)
            changed[theme.id] = replace(current, parent=into if theme.id != into else None)
    return _with(taxonomy, changed)


def split(taxonomy: Taxonomy, theme_id: str, parts: Sequence[Theme], *, at: datetime) -> Taxonomy:
    """Replace a theme by narrower new ones, valid from now on; the old one keeps its id and names them."""
    theme = _active(taxonomy, theme_id)
    if len(parts) < 2:
        remedy = "give at least two parts, or rename the theme"
        raise TaxonomyError(taxonomy.source, [Problem(theme_id, "split_into", "one part is no split", remedy)])
    new = [
        replace(
            p, valid_from=p.valid_from or at, parent=p.parent or theme.parent, product_area=p.product_area or theme.product_area
        )
        for p in parts
    ]
    old = replace(theme, status="split", split_into=tuple(part.id for part in new), valid_to=at)
    return _with(taxonomy, {theme_id: old}, new)


def add(taxonomy: Taxonomy, theme: Theme) -> Taxonomy:
    """Take in a new theme, for example a discovered cluster that was promoted."""
    return _with(taxonomy, {}, [theme])


def _active(taxonomy: Taxonomy, theme_id: str) -> Theme:
    theme = taxonomy[theme_id]
    if theme.status != "active":
        what = f"is {theme.status}, not active"
        raise TaxonomyError(taxonomy.source, [Problem(theme_id, "status", what, "choose an active theme")])
    return theme


def _with(taxonomy: Taxonomy, changed: Mapping[str, Theme], new: Sequence[Theme] = ()) -> Taxonomy:
    return Taxonomy((*(changed.get(theme.id, theme) for theme in taxonomy.themes), *new), taxonomy.source)


# --- writing ---------------------------------------------------------------------------------------------------------


def _as_record(theme: Theme) -> dict[str, Any]:
    """The keys of a theme that say something, as plain values in the order of the file."""
    record: dict[str, Any] = {}
    for key in _ORDER:
        value = getattr(theme, key)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, tuple):
            value = list(value)
        if value and not (key == "status" and value == "active"):
            record[key] = value
    return record


def to_yaml(taxonomy: Taxonomy, base: str = "themes: []\n") -> str:
    """The taxonomy as YAML, by changing only what differs in `base`, whose comments and layout stay.

    Args:
        taxonomy: what the file shall say.
        base: present text of the file.
    """
    document = _read_yaml(base, taxonomy.source)
    entries = document.setdefault("themes", [])
    by_id = {str(entry["id"]): entry for entry in entries}
    for theme in taxonomy.themes:
        record = _as_record(theme)
        entry = by_id.pop(theme.id, None)
        if entry is None:
            entries.append(CommentedMap(record))
            continue
        present = _read_theme(entry, [])
        for key, value in record.items():
            if present is None or getattr(present, key) != getattr(theme, key):
                entry[key] = value
        for key in [key for key in entry if key in _ORDER and key not in record and entry[key]]:
            del entry[key]
    for entry in by_id.values():
        entries.remove(entry)
    out = io.StringIO()
    _yaml().dump(document, out)
    return out.getvalue()


def save_taxonomy(taxonomy: Taxonomy, path: str | Path) -> None:
    """Write the taxonomy to its file as a whole, keeping the comments of the file that is there."""
    path = Path(path)
    base = path.read_text(encoding="utf-8-sig") if path.exists() else DEFAULT.read_text(encoding="utf-8")
    fresh = path.with_suffix(".new")
    fresh.write_text(to_yaml(taxonomy, base), encoding="utf-8")
    fresh.replace(path)
