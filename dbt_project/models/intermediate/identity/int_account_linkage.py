"""The most likely account of each record that the exact methods leave; what has not changed is not compared again."""

from typing import Any

from earshot_engine import read, read_if_there, written
from earshot_identity.linkage import link


def model(dbt: Any, session: Any) -> Any:
    """One row per unlinked record, with the nearest account, and whether it is near enough."""
    dbt.config(materialized="table")
    unlinked, accounts = read(dbt.ref("int_account_unlinked")), read(dbt.ref("int_account_known_name"))
    return written(session, link(unlinked, accounts, read_if_there(session, dbt.this)))
