"""`theme_links.csv`: what people of the workspace know about which planned item answers which theme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.rule_sheets import decided, read_rules

FILE_NAME = "theme_links.csv"
COLUMNS = ("decision", "roadmap_item", "theme", "note")
ANY = "*"
TEMPLATE = """\
# Which planned item answers which theme, where you know better than Earshot; what stands here wins over likeness of words and
# over recorded decisions. voc.heard_vs_building shows how each link was made (link_method) and how sure it is.
# decision: link, or never. roadmap_item: its key, number or title. theme: its theme_id or name; for never also *, no theme at
# all. note: why, for whoever reads this next. Lines that begin with # are not read.
decision,roadmap_item,theme,note
# link,ROAD-131,reporting_dashboards,the new editor is what they ask for
# never,ROAD-140,*,only a move to another data centre
"""


@dataclass(frozen=True, slots=True)
class ThemeRule:
    """One line of the file.

    Attributes:
        line: where it stands.
        decision: link or never.
        roadmap_item: key, number or title of the item.
        theme: id or name of the theme; `*` for every theme.
    """

    line: int
    decision: str
    roadmap_item: str
    theme: str


def read_theme_rules(path: Path) -> tuple[ThemeRule, ...]:
    """The rules of a workspace; none where there is no file.

    Raises:
        RuleSheetProblem: with file, line and remedy for everything that is wrong.
    """
    return read_rules(path, COLUMNS, _rule, _contradictions)


def _rule(line: int, cells: list[str]) -> ThemeRule:
    """One line as a rule.

    Raises:
        ValueError: what is wrong with it, and what to write.
    """
    decision, item, theme = cells
    decided(decision)
    for name, value in (("roadmap_item", item), ("theme", theme)):
        if not value:
            raise ValueError(f"column {name} is empty. core.roadmap_item shows the items, core.theme the themes.")
    if theme == ANY and decision == "link":
        raise ValueError("column theme: * stands only with never.")
    return ThemeRule(line, decision, item, theme)


def _contradictions(rules: list[ThemeRule]) -> Iterator[str]:
    """Lines that cannot both hold."""
    linked = {(rule.roadmap_item.lower(), rule.theme.lower()): rule for rule in rules if rule.decision == "link"}
    for rule in rules:
        if rule.decision == "never":
            for (item, theme), link in linked.items():
                if item == rule.roadmap_item.lower() and rule.theme.lower() in (theme, ANY):
                    yield f"line {rule.line}: never says the opposite of the link on line {link.line}. Remove one of them."
