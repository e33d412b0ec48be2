"""`earshot forget` and `earshot export`: the rights of a person whose data lie here, to be erased and to know."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.settings import Settings, enter_environment
from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings

if TYPE_CHECKING:
    from orchestration.erasure import Certificate
    from orchestration.persons import Subject
    from orchestration.resources import Progress

Emails = Annotated[list[str] | None, typer.Option("--email", help="Address of the person; may be given more than once.")]
Domains = Annotated[list[str] | None, typer.Option("--domain", help="Everyone with an address at this domain.")]
Contacts = Annotated[list[str] | None, typer.Option("--contact", help="Contact key of the marts, or `vendor:id`.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the shell."""
    app.command()(forget)
    app.command()(export)


def forget(
    email: Emails = None,
    domain: Domains = None,
    contact: Contacts = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Forgets a person everywhere, publishes anew through the gate, and prints a certificate. It cannot be undone.

    The person's records go; in other people's records address and name are replaced. Delivered files in landing area and
    local inbox are rewritten in their own format. A later export does not bring the person back. After a kill, or where a
    gate blocks, call the same command again: it goes on.

    Examples: `earshot forget --email jane@example.com` · `earshot forget --domain example.com --yes`
    """
    from orchestration.erasure import ErasureError
    from orchestration.erasure import forget as forget_person
    from orchestration.job import RunProblem
    from orchestration.progress import bar
    from orchestration.resources import LockHeld

    settings, subject = workspace_settings(workspace), _subject(email, domain, contact)
    enter_environment(settings)
    if not yes:
        typer.confirm(f"Forget this in {settings.root} for good? It cannot be undone.", abort=True)
    try:
        with bar(console) as progress:
            certificate = forget_person(settings, subject, progress, lambda: _publish(settings, progress))
    except RunProblem as problem:
        text = f"{problem}\nWhat is published still holds the person. Mend what blocks, then call the same command again."
        raise complain(text, ExitCode(problem.exit_code)) from None
    except LockHeld as held:
        raise complain(f"Another run is under way: {held}. Try again later.", ExitCode.LOCKED) from None
    except ErasureError as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    _print_certificate(settings, certificate)


def _publish(settings: Settings, progress: Progress) -> None:
    from orchestration.job import run_job

    run_job(settings, select="", full_refresh=False, wait=True, progress=progress)


def _print_certificate(settings: Settings, certificate: Certificate) -> None:
    console.print(f"[bold green]Forgotten[/]: certificate {certificate.erasure_id}, {certificate.erased_at:%Y-%m-%d %H:%M} UTC")
    for one in certificate.sources:
        console.print(
            f"  {one.source}: {one.records:,} records taken out, {one.mentions:,} other records with the person replaced, "
            f"in {one.files:,} delivered files",
            highlight=False,
            soft_wrap=True,
        )
    size = certificate.searched_bytes / 1e6
    doubt = "" if certificate.complete else ", but a part of some could not be searched: this is no proof for those named below"
    console.print(
        f"  {certificate.texts:,} texts and all that was judged of them are gone. A search of {certificate.searched_files:,} "
        f"files ({size:,.1f} MB, archives and databases inside out) finds nothing{doubt}.",
        highlight=False,
        soft_wrap=True,
    )
    for remark in certificate.remarks:
        console.print(f"  {remark}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"  Kept, without personal data, in {settings.state_dir / 'erasures'}", highlight=False, soft_wrap=True)


def export(
    out: Annotated[Path, typer.Option(help="Folder for `person.json` and `person.csv`.")],
    email: Emails = None,
    domain: Domains = None,
    contact: Contacts = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Writes all that the delivered files say of a person, with its origin, for a request of access.

    Example: `earshot export --email jane@example.com --out jane`
    """
    from orchestration.erasure import collect

    settings, subject = workspace_settings(workspace), _subject(email, domain, contact)
    records = collect(settings, subject).records
    out.mkdir(parents=True, exist_ok=True)
    rows = [{"source": vendor, "file": name, "record": dict(cells)} for vendor, name, cells in records]
    (out / "person.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    with (out / "person.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("record", "source", "file", "column", "value"))
        for number, (vendor, name, cells) in enumerate(records, start=1):
            writer.writerows((number, vendor, name, column, _harmless(value)) for column, value in cells)
    console.print(f"{len(records):,} records of this person are in {out}/person.json and {out}/person.csv", soft_wrap=True)
    if not records:
        raise typer.Exit(ExitCode.FINDINGS)


def _harmless(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _subject(emails: Sequence[str] | None, domains: Sequence[str] | None, contacts: Sequence[str] | None) -> Subject:
    from orchestration.persons import Subject

    subject = Subject(tuple(emails or ()), tuple(domains or ()), tuple(contacts or ()))
    if not subject.tokens():
        raise complain("say whom: --email, --domain or --contact", ExitCode.USAGE)
    for wrong in (email for email in subject.emails if "@" not in email):
        raise complain(f"--email {wrong!r} is no address. Write it as name@example.com.", ExitCode.USAGE)
    return subject
