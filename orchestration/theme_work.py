"""What the `earshot themes` commands do: read what was published, change `themes.yml`, keep people's labels."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from insights.discover import promote
from insights.prevalence import Prevalence, prevalence
from insights.review import Doubt, key_of, uncertain
from insights.taxonomy import Taxonomy, Theme, add, load_taxonomy, save_taxonomy
from orchestration.assets.enriched import chosen_encoder, theme_labels
from orchestration.settings import Settings
from orchestration.sql_prompt import open_published

NO_THEME = "none"
_RECENT = "SELECT text FROM core.feedback WHERE text IS NOT NULL ORDER BY occurred_at DESC NULLS LAST, feedback_id LIMIT ?"
_RECENT_TEXTS = 20_000
_CLUSTERS = """
    SELECT cluster_key, label, keywords, mentions, channels, accounts, arr_exposed, growth, state, first_seen, last_seen,
        example_feedback_ids
    FROM voc.emerging_theme WHERE state <> 'adopted' AND mentions > 0
    ORDER BY mentions DESC, cluster_key
"""
_SAID = "SELECT feedback_id, text FROM core.feedback WHERE list_contains(?, feedback_id)"
_SAMPLE = """
    SELECT feedback_id, text FROM core.feedback
    WHERE text IS NOT NULL AND NOT list_contains(?, feedback_id)
    ORDER BY md5(feedback_id || 'theme sample') LIMIT ?
"""
_JUDGED = """
    SELECT f.feedback_id, coalesce(f.account_id, f.contact_key, f.feedback_id) AS said_by,
        list(DISTINCT t.theme_id_today) FILTER (t.theme_id_today IS NOT NULL) AS themes
    FROM core.feedback AS f LEFT JOIN core.feedback_theme AS t USING (feedback_id)
    WHERE f.text IS NOT NULL GROUP BY ALL ORDER BY f.feedback_id
"""


class ThemeProblem(Exception):
    """A request about themes cannot be met; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A discovered group of texts that could become a theme, with what was said in it."""

    found: Mapping[str, Any]
    said: tuple[str, ...]


@contextmanager
def changed_taxonomy(settings: Settings) -> Iterator[list[Taxonomy]]:
    """Hands out the workspace's taxonomy; the last one put into the list is written, whole or not at all.

    Raises:
        TaxonomyError: the file, or what shall be written, is not a valid taxonomy.
    """
    steps = [load_taxonomy(settings.themes_file)]
    yield steps
    if len(steps) > 1:
        save_taxonomy(steps[-1], settings.themes_file)


def candidates(settings: Settings, limit: int) -> list[Candidate]:
    """Discovered groups that no theme covers, largest first."""
    with open_published(settings.warehouse_db) as connection:
        cursor = connection.execute(_CLUSTERS)
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(limit)]
        found = []
        for row in rows:
            said = dict(connection.execute(_SAID, [row["example_feedback_ids"] or []]).fetchall())
            texts = (said[key] for key in row["example_feedback_ids"] or [] if said.get(key))
            found.append(Candidate(row, tuple(dict.fromkeys(" ".join(text.split()) for text in texts))))
    return found


def draft(candidate: Candidate, theme_id: str = "", name: str = "", product_area: str = "", parent: str = "") -> Theme:
    """The theme that a discovered group would become; what is not given follows from its words."""
    row = {key: candidate.found[key] for key in ("cluster_key", "label", "keywords")}
    made = promote(pa.Table.from_pylist([row | {"examples": list(candidate.said)}]), row["cluster_key"], product_area)
    return Theme(
        id=theme_id or made["id"],
        name=name or made["name"],
        description=made["description"],
        product_area=product_area,
        parent=parent or None,
        seeds=tuple(made["seeds"]),
        discovered_as=row["cluster_key"],
    )


def promote_cluster(settings: Settings, key: str, **given: str) -> Theme:
    """Makes a discovered group a theme of the workspace.

    Raises:
        ThemeProblem: no such group waits, or nothing of it can be shown.
        TaxonomyError: the theme does not fit the taxonomy.
    """
    taken = [theme.id for theme in load_taxonomy(settings.themes_file).themes if theme.discovered_as == key]
    chosen = [each for each in candidates(settings, limit=100_000) if each.found["cluster_key"] == key]
    if taken or not chosen:
        why = f"is the theme {taken[0]!r} already" if taken else "is no group of the last run"
        raise ThemeProblem(f"{key!r} {why}. `earshot themes suggest` lists the groups that wait.")
    if not chosen[0].said:
        raise ThemeProblem(f"{key!r} has no texts to take seed phrases from. Add the theme to {settings.themes_file} by hand.")
    with changed_taxonomy(settings) as steps:
        held = {" ".join(seed.casefold().split()) for theme in steps[0].active for seed in theme.seeds}
        theme = draft(chosen[0], **given)
        seeds = tuple(seed for seed in theme.seeds if " ".join(seed.casefold().split()) not in held)
        theme = Theme(**{**_fields(theme), "seeds": seeds, "valid_from": now()})
        steps.append(add(steps[0], theme))
    return theme


def _fields(theme: Theme) -> dict[str, Any]:
    return {name: getattr(theme, name) for name in Theme.__dataclass_fields__}


def now() -> datetime:
    """This second, UTC."""
    return datetime.now(UTC).replace(microsecond=0)


# --- labels ----------------------------------------------------------------------------------------------------------


def doubts(settings: Settings, limit: int) -> list[Doubt]:
    """The closest calls among the most recent feedback."""
    with open_published(settings.warehouse_db) as connection:
        texts = [text for (text,) in connection.execute(_RECENT, [_RECENT_TEXTS]).fetchall()]
    return uncertain(texts, load_taxonomy(settings.themes_file), theme_labels(settings), limit, chosen_encoder(settings))


def answer(settings: Settings, doubt: Doubt, themes: Sequence[str]) -> None:
    """Keeps a person's label of a clause; the next run learns from it.

    Raises:
        ThemeProblem: a theme is not an active one.
    """
    _known(settings, themes)
    _append(settings.theme_labels_file, {"text": doubt.clause, "themes": sorted(themes), "labelled_at": now().isoformat()})


def answer_by_key(settings: Settings, answers: Mapping[str, Sequence[str]]) -> int:
    """Keeps labels of clauses named by their keys.

    Raises:
        ThemeProblem: no clause of the recent feedback has such a key; nothing is kept then.
    """
    for themes in answers.values():
        _known(settings, themes)
    waiting = {doubt.key: doubt for doubt in doubts(settings, limit=1_000_000)}
    labelled = {key_of(example.text) for example in theme_labels(settings)}
    unknown = [key for key in answers if key not in waiting]
    if unknown:
        why = "was labelled already" if unknown[0] in labelled else "names no clause of the recent feedback"
        raise ThemeProblem(f"{unknown[0]!r} {why}. `earshot themes review --list` shows the keys; nothing was kept.")
    for key, themes in answers.items():
        answer(settings, waiting[key], themes)
    return len(answers)


def _known(settings: Settings, themes: Sequence[str]) -> None:
    active = {theme.id for theme in load_taxonomy(settings.themes_file).active}
    for theme in themes:
        if theme not in active:
            raise ThemeProblem(f"there is no active theme {theme!r}. Take some of {', '.join(sorted(active))}, or {NO_THEME}.")


def _append(path: Path, record: Mapping[str, Any]) -> None:
    """One line more, on disk when this returns."""
    with path.open("a+", encoding="utf-8") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            with path.open("rb") as end:
                end.seek(-1, os.SEEK_END)
                if end.read(1) != b"\n":
                    file.write("\n")
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


# --- how common themes really are ------------------------------------------------------------------------------------


def sample(settings: Settings, limit: int) -> list[tuple[str, str]]:
    """Feedback drawn at random that nobody labelled yet: id and text. The order is always the same, so answers add up."""
    done = [record["feedback_id"] for record in _sampled(settings)]
    with open_published(settings.warehouse_db) as connection:
        return [(str(key), str(text)) for key, text in connection.execute(_SAMPLE, [done, limit]).fetchall()]


def answer_sample(settings: Settings, feedback_id: str, themes: Sequence[str]) -> None:
    """Keeps which themes a drawn item is about. It is never learned from: what was learned cannot measure itself.

    Raises:
        ThemeProblem: a theme is not an active one, or the item was not drawn.
    """
    _known(settings, themes)
    drawn = {key for key, _ in sample(settings, limit=10_000)}
    if feedback_id not in drawn:
        raise ThemeProblem(f"{feedback_id!r} is labelled already or was not drawn. `earshot themes sample` shows what is next.")
    _append(
        settings.theme_sample_file, {"feedback_id": feedback_id, "themes": sorted(themes), "labelled_at": now().isoformat()}
    )


def _sampled(settings: Settings) -> list[dict[str, Any]]:
    path = settings.theme_sample_file
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            found.append({"feedback_id": str(record["feedback_id"]), "themes": list(map(str, record["themes"]))})
        except (ValueError, KeyError, TypeError) as error:
            raise ThemeProblem(f"{path}, line {number}: is no labelled item ({error}). Correct or remove the line.") from None
    return found


def shares(settings: Settings) -> dict[str, Prevalence]:
    """How common each active theme is, corrected by the labelled sample (METRICS: prediction-powered)."""
    truth = {record["feedback_id"]: set(record["themes"]) for record in _sampled(settings)}
    with open_published(settings.warehouse_db) as connection:
        rows = connection.execute(_JUDGED).fetchall()
    judged = [(key, said_by, set(themes or ())) for key, said_by, themes in rows]
    labelled = [row for row in judged if row[0] in truth]
    rest = [row for row in judged if row[0] not in truth]
    groups = [said_by for _, said_by, _ in labelled]
    found = {}
    for theme in load_taxonomy(settings.themes_file).active:
        found[theme.id] = prevalence(
            np.asarray([theme.id in truth[key] for key, _, _ in labelled], dtype=float),
            np.asarray([theme.id in themes for _, _, themes in labelled], dtype=float),
            np.asarray([theme.id in themes for _, _, themes in rest], dtype=float),
            groups=groups or None,
        )
    return found
