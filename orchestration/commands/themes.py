"""`earshot themes …`: changes the taxonomy with its history, and teaches it from answers of people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings

if TYPE_CHECKING:
    from insights.review import Doubt
    from insights.taxonomy import Taxonomy, Theme
    from orchestration.settings import Settings

LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")]
FormatOption = Annotated[str, typer.Option("--format", "-f", help="text or json.")]
LabelOption = Annotated[
    list[str] | None,
    typer.Option("--label", help="An answer, `KEY=theme`, `KEY=theme,theme` or `KEY=none`; repeatable. Asks nothing."),
]
ThemeArgument = Annotated[str, typer.Argument(help="Id of an active theme.")]
NEXT = "The next `earshot run` uses it."


def register(app: typer.Typer) -> None:
    """Add the commands to the shell."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
    for command in (suggest, promote, merge, split, rename, retire, review, sample, shares):
        group.command()(command)
    app.add_typer(group, name="themes", help="Changes what is listened for, keeps its history, and learns from answers.")


@contextmanager
def _problems() -> Iterator[None]:
    from insights.taxonomy import TaxonomyError
    from orchestration.sql_prompt import QueryProblem
    from orchestration.theme_work import ThemeProblem

    try:
        yield
    except (TaxonomyError, ThemeProblem) as problem:
        raise complain(str(problem), ExitCode.USAGE) from None
    except QueryProblem as problem:
        raise complain(str(problem), ExitCode.FAILED) from None


def _print(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=str)
    sys.stdout.write("\n")


def suggest(workspace: WorkspaceOption = None, limit: LimitOption = 10, output: FormatOption = "text") -> None:
    """Shows what customers talk about that no theme covers, each group with the command that makes it a theme.

    Example: `earshot themes suggest -n 5`
    """
    settings = workspace_settings(workspace)
    from orchestration.theme_work import candidates, draft

    with _problems():
        found = candidates(settings, limit)
    if output == "json":
        _print_json([{**each.found, "said": each.said, "theme_id": draft(each).id} for each in found if each.said])
        return
    for each in found:
        row = each.found
        arr = "" if row["arr_exposed"] is None else f", ARR {row['arr_exposed']:,.0f}"
        _print(f"{row['cluster_key']}  {row['label']}  ({row['state']})")
        _print(
            f"  {row['mentions']} items, {row['channels']} channels, {row['accounts']} accounts{arr}; last {row['last_seen']}"
        )
        for text in each.said[:2]:
            _print(f"  “{text[:160]}{'…' if len(text) > 160 else ''}”")
        if each.said:
            _print(f"  earshot themes promote {row['cluster_key']} --id {draft(each).id}")
    if not found:
        _print("Nothing: every group of the last run is covered by a theme.")


def promote(
    cluster: Annotated[str, typer.Argument(help="Key of a discovered group, as `suggest` shows it.")],
    workspace: WorkspaceOption = None,
    theme_id: Annotated[str, typer.Option("--id", help="Id of the new theme; else from the group's words.")] = "",
    name: Annotated[str, typer.Option(help="Its name; else the group's label.")] = "",
    area: Annotated[str, typer.Option(help="Product area that it concerns.")] = "",
    parent: Annotated[str, typer.Option(help="A broader theme.")] = "",
) -> None:
    """Makes a discovered group a theme: its most central texts become the seed phrases.

    Example: `earshot themes promote c044393c542b39c02 --id calendar_sync --name "Calendar sync"`
    """
    settings = workspace_settings(workspace)
    from orchestration.theme_work import promote_cluster

    with _problems():
        theme = promote_cluster(settings, cluster, theme_id=theme_id, name=name, product_area=area, parent=parent)
    _print(f"{theme.id} ({theme.name}) is a theme now, with {len(theme.seeds)} seed phrases in {settings.themes_file}. {NEXT}")


def _change(settings: Settings, change: Any) -> Taxonomy:
    from orchestration.theme_work import changed_taxonomy

    with _problems(), changed_taxonomy(settings) as steps:
        steps.append(change(steps[0]))
    result: Taxonomy = steps[-1]
    return result


def merge(
    theme: Annotated[list[str], typer.Argument(help="Ids of the themes to merge.")],
    into: Annotated[str, typer.Option(help="Id of the theme that takes over.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Lets one theme take over others: older mentions count for it in the restated series, and keep their name as reported.

    Example: `earshot themes merge data_import --into data_export`
    """
    settings = workspace_settings(workspace)
    from insights import taxonomy as themes
    from orchestration.theme_work import now

    _change(settings, lambda taxonomy: themes.merge(taxonomy, theme, into, at=now()))
    _print(f"{', '.join(theme)} → {into}. {NEXT}")


def split(
    theme: ThemeArgument,
    part: Annotated[list[str], typer.Option(help="A part, `id=Name`; at least two.")],
    seed: Annotated[list[str], typer.Option(help="A phrase that belongs to a part, `id=phrase`; repeatable.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Replaces a theme by narrower ones: each mention goes to the part that its words are most like, none is lost.

    Example: `earshot themes split data_export --part gaps="Missing columns" --seed gaps="columns are missing" --part …`
    """
    settings = workspace_settings(workspace)
    from insights import taxonomy as themes
    from orchestration.theme_work import now

    names, phrases = _pairs("--part", part), _pairs("--seed", seed)
    astray = [key for key, _ in phrases if key not in dict(names)]
    if astray:
        raise complain(f"--seed {astray[0]}=…: there is no --part {astray[0]}=…", ExitCode.USAGE)
    parts = [_part(key, name, [phrase for owner, phrase in phrases if owner == key]) for key, name in names]
    _change(settings, lambda taxonomy: themes.split(taxonomy, theme, parts, at=now()))
    _print(f"{theme} → {', '.join(key for key, _ in names)}. {NEXT}")


def _part(theme_id: str, name: str, seeds: Sequence[str]) -> Theme:
    from insights.taxonomy import Theme

    return Theme(theme_id, name, seeds=tuple(seeds))


def _pairs(option: str, values: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for value in values:
        key, equals, rest = value.partition("=")
        if not (key.strip() and equals and rest.strip()):
            raise complain(f"{option} {value!r}: write it as id=words", ExitCode.USAGE)
        found.append((key.strip(), rest.strip()))
    return found


def rename(
    theme: ThemeArgument, name: Annotated[str, typer.Argument(help="What people read.")], workspace: WorkspaceOption = None
) -> None:
    """Gives a theme another name; its id, and so its history, stays.

    Example: `earshot themes rename data_export "Exports and downloads"`
    """
    settings = workspace_settings(workspace)
    from insights import taxonomy as themes

    _change(settings, lambda taxonomy: themes.rename(taxonomy, theme, name))
    _print(f"{theme} is called “{name}”. {NEXT}")


def retire(theme: ThemeArgument, workspace: WorkspaceOption = None) -> None:
    """Stops assigning a theme to what comes from now on; what was assigned stays, and no other theme moves.

    Example: `earshot themes retire localization`
    """
    settings = workspace_settings(workspace)
    from insights import taxonomy as themes
    from orchestration.theme_work import now

    _change(settings, lambda taxonomy: themes.retire(taxonomy, theme, at=now()))
    _print(f"{theme} is retired. {NEXT}")


def review(
    workspace: WorkspaceOption = None,
    limit: LimitOption = 20,
    label: LabelOption = None,
    show: Annotated[bool, typer.Option("--list", help="Only show what is uncertain; ask nothing.")] = False,
    output: FormatOption = "text",
) -> None:
    """Shows the closest calls among recent feedback, takes a person's answer, and keeps it as training data.

    Answers go into `theme_labels.ndjson` of the workspace, one clause a line; the next run learns from them.

    Examples: `earshot themes review` · `earshot themes review --list` · `earshot themes review --label 3fa2b1c09d=data_export`
    """
    settings = workspace_settings(workspace)
    from orchestration.theme_work import answer, answer_by_key, doubts

    with _problems():
        if label:
            kept = answer_by_key(settings, _answers(label))
            _print(f"{kept} labels kept in {settings.theme_labels_file}. {NEXT}")
            return
        waiting = doubts(settings, limit)
        if show or output == "json":
            _show(waiting, output)
            return
        kept = 0
        for number, doubt in enumerate(waiting, start=1):
            _print(f"\n{number} of {len(waiting)}: “{doubt.clause}”")
            given = _ask([theme for theme, _ in doubt.guesses], [f"{theme} {chance:.0%}" for theme, chance in doubt.guesses])
            if given is None:
                break
            if given:
                answer(settings, doubt, [] if given == ["none"] else given)
                kept += 1
    _print(f"\n{kept} labels kept in {settings.theme_labels_file}." + (f" {NEXT}" if kept else ""))


def _show(waiting: Sequence[Doubt], output: str) -> None:
    if output == "json":
        _print_json([{"key": doubt.key, "clause": doubt.clause, "guesses": dict(doubt.guesses)} for doubt in waiting])
        return
    for doubt in waiting:
        _print(f"{doubt.key}  “{doubt.clause}”")
        _print(f"            {', '.join(f'{theme} {chance:.0%}' for theme, chance in doubt.guesses)}")


def _answers(labels: Sequence[str]) -> dict[str, list[str]]:
    return {key: _themes(themes) for key, themes in _pairs("--label", labels)}


def _themes(words: str) -> list[str]:
    themes = [theme.strip() for theme in words.split(",") if theme.strip()]
    return [] if themes == ["none"] else themes


def _ask(guesses: Sequence[str], shown: Sequence[str]) -> list[str] | None:
    """A person's answer: theme ids, `none`, nothing to skip; None to stop."""
    for number, words in enumerate(shown, start=1):
        _print(f"  {number}  {words}")
    given = str(typer.prompt("number, theme ids, none, Enter to skip, q to stop", default="", show_default=False)).strip()
    if given == "q":
        return None
    if given.isdecimal() and 1 <= int(given) <= len(guesses):
        return [guesses[int(given) - 1]]
    return [theme.strip() for theme in given.split(",") if theme.strip()]


def sample(
    workspace: WorkspaceOption = None,
    limit: LimitOption = 10,
    label: LabelOption = None,
    show: Annotated[bool, typer.Option("--list", help="Only show what is next; ask nothing.")] = False,
    output: FormatOption = "text",
) -> None:
    """Draws feedback at random and asks which themes it is about: what `earshot themes shares` measures with.

    Answers go into `theme_sample.ndjson`. They are never learned from, so that they measure honestly.

    Examples: `earshot themes sample` · `earshot themes sample --list` · `earshot themes sample --label FEEDBACK_ID=none`
    """
    settings = workspace_settings(workspace)
    from orchestration.theme_work import answer_sample
    from orchestration.theme_work import sample as draw

    kept = 0
    with _problems():
        if label:
            for key, themes in _answers(label).items():
                answer_sample(settings, key, themes)
                kept += 1
        else:
            drawn = draw(settings, limit)
            if output == "json":
                _print_json([{"feedback_id": key, "text": text} for key, text in drawn])
                return
            for key, text in drawn:
                _print(f"\n{key}\n“{text}”")
                given = [] if show else _ask([], [])
                if given is None:
                    break
                if given:
                    answer_sample(settings, key, [] if given == ["none"] else given)
                    kept += 1
            if show:
                return
    _print(f"{kept} items kept in {settings.theme_sample_file}. `earshot themes shares` uses them at once.")


def shares(workspace: WorkspaceOption = None, output: FormatOption = "text") -> None:
    """Says how common each theme is, corrected by the labelled sample where there is one, with its 95 % interval.

    Without a sample the share is the engine's own count, and `method` says so; below 30 labels or 1 % nothing is said.

    Example: `earshot themes shares`
    """
    settings = workspace_settings(workspace)
    from orchestration.theme_work import shares as measure

    with _problems():
        found = measure(settings)
    if output == "json":
        _print_json(
            [
                {"theme_id": theme, "share": f.share, "low": f.low, "high": f.high, "method": f.method, "labels": f.labels}
                for theme, f in found.items()
            ]
        )
        return
    for theme, f in sorted(found.items(), key=lambda each: -(each[1].share or 0)):
        said = "-" if f.share is None else f"{f.share:6.1%} [{f.low:.1%}, {f.high:.1%}]"
        _print(f"{theme:28} {said:24} {f.method}, {f.labels} labels")
