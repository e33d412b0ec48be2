"""The last step of a new vendor, in words and SQL: where its staging view joins those of the others, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.spec import ExportSpec
from orchestration.scaffold import staging_columns

MODELS = "dbt_project/models/intermediate"
# Names under which exports give the customer's company.
COMPANY = (
    "account_name",
    "account",
    "company_name",
    "company",
    "customer_name",
    "customer",
    "organization",
    "organisation",
    "client",
)


@dataclass(frozen=True, slots=True)
class Union:
    """A model that unions items of one kind.

    Attributes:
        model: its file.
        cte: the part of it that holds the union.
        columns: columns of the union after `source_system` by what fills them, or by their type where nothing of a draft does.
    """

    model: str
    cte: str
    columns: Mapping[str, str]


UNIONS: Mapping[str, Union] = {
    "support": Union(
        f"{MODELS}/feedback/int_ticket.sql",
        "unioned",
        {
            **{"source_stream": "stream", "source_key": "key", "own_record": "varchar", "person_record": "varchar"},
            **{"named_record": "account", "contact_key": "contact", "created_at": "time", "solved_at": "timestamptz"},
            **{"status": "varchar", "priority": "varchar", "product_area": "varchar", "satisfaction": "varchar"},
            **{"words": "words", "words_sha256": "words_sha256", "source_url": "varchar"},
        },
    ),
    "nps": Union(
        f"{MODELS}/feedback/int_survey_response.sql",
        "unioned",
        {
            **{"source_stream": "stream", "source_key": "key", "account_reference": "account", "contact_key": "contact"},
            **{"responded_at": "time", "nps_score": "score", "product_area": "varchar", "comment": "words"},
            **{"comment_sha256": "words_sha256", "source_url": "varchar", "exclusion_reason": "varchar"},
        },
    ),
    "sales": Union(
        f"{MODELS}/feedback/int_sales_note.sql",
        "note",
        {
            **{"source_stream": "stream", "source_key": "key", "contact_key": "contact", "crm_key": "varchar"},
            **{"related_key": "varchar", "contact_crm_key": "varchar", "occurred_at": "time", "note": "words"},
            **{"note_sha256": "words_sha256", "source_url": "varchar"},
        },
    ),
    "research": Union(
        f"{MODELS}/feedback/int_research_note.sql",
        "unioned",
        {
            **{"source_key": "key", "account_reference": "account", "contact_key": "contact", "occurred_at": "time"},
            **{"product_area": "varchar", "words": "words", "words_sha256": "words_sha256", "source_url": "varchar"},
        },
    ),
}
ACCOUNTS = Union(
    f"{MODELS}/identity/int_account_record.sql",
    "unioned",
    {
        **{"source_id": "account", "record_kind": "reference", "external_key": "varchar", "account_name": "company"},
        **{"domain": "domain", "identity_key": "varchar"},
    },
)
# Where the items of the other kinds come together; what is said there differs too much for a draft.
ELSEWHERE: Mapping[str, str] = {
    "crm": f"{MODELS}/identity/int_crm_account.sql",
    "analytics": f"{MODELS}/usage/int_product_event.sql",
    "questions": f"{MODELS}/alignment/int_message.sql",
    "roadmap": f"{MODELS}/roadmap/int_roadmap_item.sql",
    "education": f"{MODELS}/launch/int_launch_activity.sql",
    "org": f"{MODELS}/org/int_person.sql",
    "registry": "dbt_project/models/marts/product_ops/",
}


def union_step(spec: ExportSpec) -> str:
    """What to add where, so that the marts hear a drafted vendor."""
    if spec.kind not in UNIONS:
        return f"Last step: bring {{{{ ref('stg_{spec.table}') }}}} into {ELSEWHERE[spec.kind]}, as the vendors there are."
    steps = [_addition(spec, UNIONS[spec.kind], "")]
    if _account(spec):
        steps.append(_addition(spec, ACCOUNTS, f"    where {_account(spec)} is not null\n"))
    return "\n".join(f"Add to {step}" for step in steps)


def _addition(spec: ExportSpec, union: Union, where: str) -> str:
    columns = "".join(f",\n        {_filled(spec, name, what)}" for name, what in union.columns.items())
    distinct = " distinct" if where else ""
    return (
        f"{union.model}\n"
        f"  before its first part, below `with`:\n\n"
        f"{spec.table} as (\n    select * from {{{{ ref('stg_{spec.table}') }}}}\n),\n\n"
        f"  at the end of `{union.cte}`:\n\n"
        f"    union all\n\n    select{distinct}\n        '{spec.vendor}' as source_system{columns}\n"
        f"    from {spec.table}\n{where}"
    )


def _filled(spec: ExportSpec, name: str, what: str) -> str:
    """One column: what of the draft fills it, its own namesake, or nothing yet."""
    there = staging_columns(spec)
    guess = {
        "stream": f"'{spec.stream}'",
        "reference": "'reference'",
        "key": there.get(spec.stored_key()[0]),
        "time": there.get(spec.event_time or ""),
        "words": there.get("_text"),
        "words_sha256": there.get("_text_sha256"),
        "contact": _first(spec, "_key", "email"),
        "domain": _first(spec, "_domain", "email"),
        "company": _company(spec),
        "account": _account(spec),
        "score": there.get("nps_score") or there.get("score"),
    }
    kinds = {"time": "timestamptz", "score": "bigint"}
    found = guess[what] if what in guess else there.get(name)
    if found is None:
        return f"cast(null as {kinds.get(what, 'varchar' if what in guess else what)}) as {name}"
    return found if found == name else f"{found} as {name}"


def _first(spec: ExportSpec, suffix: str, personal: str) -> str | None:
    return next((staging_columns(spec)[f.name + suffix] for f in spec.fields if f.personal == personal), None)


def _company(spec: ExportSpec) -> str | None:
    there = staging_columns(spec)
    return next((there[name] for name in COMPANY if name in there), None)


def _account(spec: ExportSpec) -> str | None:
    """The text by which an item names its account: the company, the domain of an address, or both."""
    named = {"account_name": _company(spec), "domain": _first(spec, "_domain", "email")}
    given = ", ".join(f"{name}='{column}'" for name, column in named.items() if column)
    return f"{{{{ account_reference({given}) }}}}" if given else None
