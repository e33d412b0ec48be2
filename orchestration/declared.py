"""What a workspace's `earshot.toml` declares of reading: its own sources, the shape of their feedback, and the limits."""

from __future__ import annotations

from connectors.parts import Limits
from connectors.registry import load_specs
from connectors.spec import ExportSpec, Field
from orchestration.build_layout import DECLARED_COLUMNS, quoted
from orchestration.settings import FeedbackSection, Settings, SettingsError, SourceSection

STREAM = "item"


def workspace_specs(settings: Settings) -> dict[str, ExportSpec]:
    """Every stream of this workspace by raw table name: those that Earshot knows, and the workspace's own.

    Raises:
        SettingsError: a declared source has the name of a known one, or cannot be made into a stream.
    """
    known = load_specs()
    vendors = {spec.vendor for spec in known.values()}
    for name, source in settings.config.sources.items():
        if source.format is None:
            continue
        if name in vendors:
            raise SettingsError(
                f"earshot.toml: [sources.{name}] declares a source that Earshot knows already. Give it another name."
            )
        spec = _spec(name, source)
        known[spec.table] = spec
    return {table: known[table] for table in sorted(known)}


def reader_limits(settings: Settings) -> Limits:
    """The reader's limits as this workspace configures them."""
    limits = settings.config.limits
    return Limits(
        max_field_bytes=limits.max_field_bytes,
        max_row_bytes=limits.max_row_bytes,
        max_member_bytes=limits.max_member_bytes,
        max_ratio=limits.max_compression_ratio,
        max_members=limits.max_archive_members,
    )


def feedback_selects(settings: Settings) -> list[str]:
    """A query for each declared source whose items are feedback, all of the same columns."""
    return [
        _select(_spec(name, source), source.feedback)
        for name, source in sorted(settings.config.sources.items())
        if source.format is not None and source.feedback is not None
    ]


def _spec(name: str, source: SourceSection) -> ExportSpec:
    assert source.format is not None  # noqa: S101 - what the callers have looked at, for the type checker
    try:
        return ExportSpec(
            vendor=name,
            stream=STREAM,
            kind=source.kind,
            description=f"One item of {name}, a source that this workspace declares",
            reference="Declared in earshot.toml",
            formats=(source.format,),
            files=(source.pattern,),
            key=source.key,
            cursor=source.updated_at or None,
            event_time=source.feedback.occurred_at if source.feedback else None,
            text=source.text,
            fields=tuple(_field(field, source) for field in source.fields),
        )
    except ValueError as error:
        raise SettingsError(f"earshot.toml: [sources.{name}]: {error}. Correct it there.") from error


def _field(name: str, source: SourceSection) -> Field:
    # A Markdown note has its words below the keys.
    sources = ("body",) if source.format == "markdown" and name in source.text else ()
    return Field(
        name,
        source.types.get(name, "string"),
        f"Field {name}, as declared",
        sources=sources,
        required=name in source.key,
        personal=source.personal.get(name, "text" if name in source.text else None),
    )


def _select(spec: ExportSpec, feedback: FeedbackSection) -> str:
    email = quoted(f"{feedback.email}_key"), quoted(f"{feedback.email}_domain")
    keys = ", ".join(f"CAST({quoted(_stored(spec, name))} AS VARCHAR)" for name in spec.key)
    values = {
        "source_system": f"'{spec.vendor}'",
        "source_stream": f"'{spec.stream}'",
        "source_key": f"concat_ws('|', {keys})",
        "channel": f"'{feedback.channel}'",
        "occurred_at": _column(spec, feedback.occurred_at),
        "account_external_id": _column(spec, feedback.account_id),
        "account_name": _column(spec, feedback.account_name),
        "email_key": email[0] if feedback.email else "NULL",
        "email_domain": email[1] if feedback.email else "NULL",
        "product_area": _column(spec, feedback.product_area),
        "nps_score": _column(spec, feedback.score),
        "source_url": _column(spec, feedback.url),
        "words": "_text",
        "words_sha256": "_text_sha256",
    }
    columns = ", ".join(f"CAST({values[name]} AS {kind}) AS {name}" for name, kind in DECLARED_COLUMNS.items())
    return f"SELECT {columns} FROM raw.{quoted(spec.table)} WHERE NOT coalesce(_deleted, false)"


def _column(spec: ExportSpec, name: str) -> str:
    return quoted(_stored(spec, name)) if name else "NULL"


def _stored(spec: ExportSpec, name: str) -> str:
    """The raw column that keeps a field; a field that is kept nowhere cannot be shown."""
    stored = next(iter(spec.by_name[name].stored_columns()), None)
    if stored is None:
        raise SettingsError(f"earshot.toml: [sources.{spec.vendor}]: {name} is withheld and can be neither key nor feedback.")
    return stored[0]
