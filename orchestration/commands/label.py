"""`earshot label …` and `earshot discover`: judgements of a file of texts, without a workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from orchestration.shell import ExitCode, complain, console

SourceOption = Annotated[Path, typer.Option("--in", help="Texts: CSV, NDJSON or Parquet with the columns `id` and `text`.")]
TargetOption = Annotated[Path, typer.Option("--out", help="Where the judgements go; the suffix says the format.")]
TaxonomyOption = Annotated[
    Path | None, typer.Option("--taxonomy", help="A `themes.yml`; else the default themes for business software.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the shell."""
    labels = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
    for command in (themes, questions, sentiment, redact):
        labels.command()(command)
    app.add_typer(labels, name="label", help="Judges a file of texts: themes, questions, sentiment; or redacts it.")
    app.command()(discover)


def themes(source: SourceOption, target: TargetOption, taxonomy: TaxonomyOption = None) -> None:
    """Finds the themes of each text: id, theme_id, confidence, quote, start, end; one row a theme, abstentions included.

    Example: `earshot label themes --taxonomy themes.yml --in feedback.csv --out themes.csv`
    """
    from insights.label import label_themes
    from insights.taxonomy import DEFAULT, TaxonomyError, load_taxonomy

    try:
        known = load_taxonomy(taxonomy or DEFAULT)
    except TaxonomyError as error:
        raise complain(str(error), ExitCode.USAGE) from None
    _tell(lambda: label_themes(source, target, known), target)


def questions(source: SourceOption, target: TargetOption) -> None:
    """Judges messages from colleagues: id, quality, quality_confidence, owner, owner_confidence; one row a message.

    Quality is awareness, mechanics, readiness or not_question; the owner is the role that should answer.

    Example: `earshot label questions --in messages.csv --out judged.parquet`
    """
    from insights.label import label_questions

    _tell(lambda: label_questions(source, target), target)


def sentiment(source: SourceOption, target: TargetOption) -> None:
    """Judges how each text feels: id, sentiment (-1 to 1), sentiment_label, language, language_confidence.

    Example: `earshot label sentiment --in reviews.ndjson --out feelings.csv`
    """
    from insights.label import label_sentiment
    from insights.taxonomy import load_taxonomy

    _tell(lambda: label_sentiment(source, target, load_taxonomy()), target)


def redact(
    source: SourceOption,
    target: TargetOption,
    name: Annotated[list[str] | None, typer.Option(help="A name to hide wherever it stands; repeatable.")] = None,
) -> None:
    """Replaces personal data and secrets by placeholders: id, text, and how many of each kind there were.

    Example: `earshot label redact --in tickets.csv --out clean.csv --name "Ada Lovelace"`
    """
    from insights.label import label_redact

    _tell(lambda: label_redact(source, target, name or ()), target)


def discover(source: SourceOption, target: TargetOption) -> None:
    """Groups texts that say alike, without knowing themes: id, cluster_key, label; no key where a text is like too few others.

    Example: `earshot discover --in uncovered.csv --out groups.csv`
    """
    import polars as pl

    from insights.discover import DiscoveryError, discover_file

    def found() -> int:
        try:
            return int(discover_file(source, target).members.num_rows)
        except DiscoveryError as error:
            raise complain(str(error), ExitCode.USAGE) from None
        except (OSError, pl.exceptions.PolarsError) as error:
            raise complain(f"{source} → {target}: {error}; check both paths and the format", ExitCode.USAGE) from None

    _tell(found, target)


def _tell(label: Callable[[], int], target: Path) -> None:
    """Runs one labelling and says what it wrote; a file that cannot be used ends the command with the reason."""
    from insights.label import LabelError

    try:
        rows = label()
    except LabelError as error:
        raise complain(str(error), ExitCode.USAGE) from None
    console.print(f"wrote {rows} rows to {target}", soft_wrap=True)
