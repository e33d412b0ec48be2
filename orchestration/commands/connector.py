"""`earshot connector`: a draft of a new vendor from one sample of its export, and the conformance kit for any vendor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.shell import ExitCode, complain, console

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path("tests") / "fixtures" / "exports"

RootOption = Annotated[Path, typer.Option(help="Checkout of Earshot to write into.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the shell."""
    connectors = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Adds a vendor, and tests vendors.")
    connectors.command("new")(new)
    connectors.command("test")(test)
    app.add_typer(connectors, name="connector")


def new(
    name: Annotated[str, typer.Argument(help="Name of the vendor: its folder in the inbox.")],
    sample: Annotated[Path, typer.Option(help="A file as the vendor exports it.", exists=True, dir_okay=False)],
    stream: Annotated[str, typer.Option(help="What one record is, in the singular.")] = "item",
    kind: Annotated[str, typer.Option(help="Kind of source: nps, crm, support, analytics, sales, research …")] = "research",
    root: RootOption = ROOT,
) -> None:
    """Drafts a vendor from a sample: spec, fixture, staging SQL and YAML. Nothing that exists is overwritten.

    Example: `earshot connector new acme --sample export.csv --stream ticket --kind support`
    """
    from connectors.errors import ConnectorError
    from connectors.infer import KINDS, infer, read_sample
    from orchestration.scaffold import ScaffoldProblem, write_vendor
    from orchestration.union_step import union_step

    if kind not in KINDS:
        raise complain(f"--kind {kind!r} is unknown. Take one of {', '.join(KINDS)}.", ExitCode.USAGE)
    try:
        spec = infer(read_sample(sample), name, stream, kind)  # type: ignore[arg-type]
        made = write_vendor(root, spec, sample)
    except (ConnectorError, ScaffoldProblem, ValueError) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    for path in made:
        console.print(f"made {path.relative_to(root)}", soft_wrap=True)
    hidden = [f"{field.name} ({field.personal})" for field in spec.fields if field.personal]
    console.print(f"{len(spec.fields)} fields, key {', '.join(spec.key)}, words in {', '.join(spec.text) or 'no field'}.")
    console.print(f"Personal data was guessed in: {', '.join(hidden) or 'no field'}. Look at each field before you trust it.")
    console.print(
        f"Replace people and companies in the fixture by invented ones, then: earshot connector test {name}", soft_wrap=True
    )
    console.print("\nThe marts hear of it with one more step.", union_step(spec), sep="\n", markup=False, soft_wrap=True)


def test(
    name: Annotated[str, typer.Argument(help="Name of the vendor.")],
    fixtures: Annotated[Path | None, typer.Option(help="Folder with a folder of fixtures per vendor.")] = None,
    root: RootOption = ROOT,
) -> None:
    """Runs the conformance kit on a vendor's specs and fixtures, also those that another package announces.

    Examples: `earshot connector test zendesk` · `earshot connector test acme --fixtures acme_earshot/fixtures`
    """
    from connectors.registry import load_specs
    from connectors.testing import ConformanceError, conformance_cases

    specs = [spec for spec in load_specs().values() if spec.vendor == name]
    if not specs:
        known = ", ".join(sorted({spec.vendor for spec in load_specs().values()}))
        raise complain(f"there is no vendor {name}; known: {known}", ExitCode.USAGE)
    cases = conformance_cases(specs, fixtures or root / FIXTURES)
    failed = 0
    for case in cases:
        try:
            case.run()
        except ConformanceError as error:
            failed += 1
            console.print(f"✗ {case.id}: {error}", markup=False, highlight=False, soft_wrap=True)
        else:
            console.print(f"✓ {case.id}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(cases)} checks of {name}, {failed} failed.")
    if failed:
        raise typer.Exit(ExitCode.FINDINGS)
