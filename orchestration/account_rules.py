"""`account_links.csv`: what people of the workspace know about which record is whose; it wins over every other method."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.rule_sheets import decided, read_rules

FILE_NAME = "account_links.csv"
COLUMNS = ("decision", "source_system", "source_id", "account", "note")
ANY = "*"
TEMPLATE = """\
# Which account records belong together, where you know better than Earshot; what stands here wins over every other method.
# decision: link, or never. source_system and source_id: the record, as core.account_link writes it. account: the account_id
# that core.account shows, or system:id of the record that makes the account (salesforce:0015g00000AbCdE); for never also *,
# no account at all. note: why, for whoever reads this next. Lines that begin with # are not read.
decision,source_system,source_id,account,note
# link,delighted,name:SocGen,salesforce:0015g00000AbCdE,short for Societe Generale
# never,zendesk,501,acc_0123456789abcdef,same name but another company
# never,delighted,name:Test account,*,our own tests
"""
_ACCOUNT_ID = re.compile(r"acc_[0-9a-f]{16}")
_RECORD = re.compile(r"(?P<system>[a-z][a-z0-9_]*):(?P<id>\S.*)")


@dataclass(frozen=True, slots=True)
class AccountRule:
    """One line of the file.

    Attributes:
        line: where it stands.
        decision: link or never.
        source_system: system of the record.
        source_id: the record.
        target_account: published id of the account; None where a record or everything is meant.
        target_system: system of the record that makes the account.
        target_id: that record; `*` for every account.
    """

    line: int
    decision: str
    source_system: str
    source_id: str
    target_account: str | None
    target_system: str | None
    target_id: str | None


def read_account_rules(path: Path) -> tuple[AccountRule, ...]:
    """The rules of a workspace; none where there is no file.

    Raises:
        RuleSheetProblem: with file, line and remedy for everything that is wrong.
    """
    return read_rules(path, COLUMNS, _rule, _contradictions)


def _rule(line: int, cells: list[str]) -> AccountRule:
    """One line as a rule.

    Raises:
        ValueError: what is wrong with it, and what to write.
    """
    decision, system, source_id, account = cells
    decided(decision)
    for name, value in (("source_system", system), ("source_id", source_id), ("account", account)):
        if not value:
            raise ValueError(f"column {name} is empty. core.account_link shows the records, core.account the accounts.")
    if _ACCOUNT_ID.fullmatch(account):
        return AccountRule(line, decision, system, source_id, account, None, None)
    if account == ANY and decision == "never":
        return AccountRule(line, decision, system, source_id, None, None, ANY)
    record = _RECORD.fullmatch(account)
    if record is None:
        raise ValueError(
            f"column account: {account!r} is neither an account_id (acc_ and 16 hexadecimal digits) nor a record (system:id)"
            + ("." if decision == "never" else "; * stands only with never.")
        )
    return AccountRule(line, decision, system, source_id, None, record["system"], record["id"])


def _contradictions(rules: list[AccountRule]) -> Iterator[str]:
    """Lines that cannot both hold."""
    linked: dict[tuple[str, str], AccountRule] = {}
    for rule in rules:
        record = rule.source_system, rule.source_id
        if rule.decision == "link" and record in linked:
            yield f"line {rule.line}: {':'.join(record)} is linked on line {linked[record].line} already. Remove one of them."
        elif rule.decision == "link":
            linked[record] = rule
    for rule in rules:
        link = linked.get((rule.source_system, rule.source_id))
        if rule.decision == "never" and link and (rule.target_id == ANY or _target(rule) == _target(link)):
            yield f"line {rule.line}: never says the opposite of the link on line {link.line}. Remove one of them."


def _target(rule: AccountRule) -> tuple[str | None, ...]:
    return rule.target_account, rule.target_system, rule.target_id
