"""`theme_links.csv`: read whole or refused with every wrong line, and found in a new workspace."""

import pytest

from orchestration.rule_sheets import RuleSheetProblem
from orchestration.settings import SettingsError, load_settings
from orchestration.theme_rules import TEMPLATE, ThemeRule, read_theme_rules
from orchestration.workspace import create_workspace

HEADER = "decision,roadmap_item,theme,note\n"


@pytest.fixture
def read(tmp_path):
    def reading(text):
        path = tmp_path / "theme_links.csv"
        path.write_text(text, encoding="utf-8")
        return read_theme_rules(path)

    return reading


def test_lines_become_rules(read):
    rules = read(f'# mine\n{HEADER}link,ROAD-1,"Exports, imports",asked for\nnever,Move,*\n')
    assert rules == (ThemeRule(3, "link", "ROAD-1", "Exports, imports"), ThemeRule(4, "never", "Move", "*"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("maybe,R-1,sso,", "line 2: column decision: 'maybe' is neither link nor never"),
        ("link,,sso,", "line 2: column roadmap_item is empty"),
        ("link,R-1,,", "line 2: column theme is empty"),
        ("link,R-1,*,", r"line 2: column theme: \* stands only with never"),
        ("link,R-1", "line 2: 2 columns instead of 3 or 4"),
        ("link,R-1,sso,\nnever,r-1,SSO,", "line 3: never says the opposite of the link on line 2"),
        ("link,R-1,sso,\nnever,R-1,*,", "line 3: never says the opposite of the link on line 2"),
    ],
)
def test_wrong_lines_are_told(read, line, said):
    with pytest.raises(RuleSheetProblem, match=said):
        read(HEADER + line + "\n")


def test_no_file_and_another_header(read, tmp_path):
    assert read_theme_rules(tmp_path / "none.csv") == ()
    with pytest.raises(RuleSheetProblem, match="line 1: the first line must be decision,roadmap_item,theme,note"):
        read("theme,item\n")


def test_a_new_workspace_has_an_example_that_reads(tmp_path):
    create_workspace(tmp_path, "Here")
    assert (tmp_path / "theme_links.csv").read_text("utf-8") == TEMPLATE
    assert load_settings(tmp_path).theme_rules == ()
    (tmp_path / "theme_links.csv").write_text(HEADER + "join,a,b,\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"theme_links.csv, line 2: column decision"):
        load_settings(tmp_path)
