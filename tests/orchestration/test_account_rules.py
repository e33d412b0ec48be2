"""`account_links.csv`: read whole or refused with every wrong line, and found in a new workspace."""

import pytest

from orchestration.account_rules import COLUMNS, TEMPLATE, AccountRule, read_account_rules
from orchestration.rule_sheets import RuleSheetProblem
from orchestration.settings import SettingsError, load_settings
from orchestration.workspace import create_workspace

HEADER = ",".join(COLUMNS) + "\n"


def rules_of(tmp_path, text):
    path = tmp_path / "account_links.csv"
    path.write_text(text, encoding="utf-8")
    return read_account_rules(path)


def test_rules_are_read_with_their_lines(tmp_path):
    found = rules_of(
        tmp_path,
        "# a comment\n" + HEADER + '\nlink,delighted,"name:Smith, Ltd",salesforce:001A,"why, indeed"\n'
        "never,zendesk,501,acc_0123456789abcdef\nnever,zendesk,502,*,\n",
    )
    assert found == (
        AccountRule(4, "link", "delighted", "name:Smith, Ltd", None, "salesforce", "001A"),
        AccountRule(5, "never", "zendesk", "501", "acc_0123456789abcdef", None, None),
        AccountRule(6, "never", "zendesk", "502", None, None, "*"),
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("join,zendesk,501,salesforce:001A,", "line 2: column decision: 'join' is neither link nor never"),
        ("link,zendesk,,salesforce:001A,", "line 2: column source_id is empty"),
        ("link,zendesk,501,Acme,", "line 2: column account: 'Acme' is neither an account_id"),
        ("link,zendesk,501,*,", "line 2: column account: '*' is neither"),
        ("link,zendesk,501", "line 2: 3 columns instead of 4 or 5"),
        ("link,zendesk,501,salesforce:001A,\nlink,zendesk,501,salesforce:001B,", "line 3: zendesk:501 is linked on line 2"),
        (
            "link,zendesk,501,salesforce:001A,\nnever,zendesk,501,salesforce:001A,",
            "line 3: never says the opposite of the link",
        ),
    ],
)
def test_a_wrong_line_is_named_with_its_remedy(tmp_path, line, expected):
    with pytest.raises(RuleSheetProblem) as problem:
        rules_of(tmp_path, HEADER + line + "\n")
    assert expected in str(problem.value)
    assert "account_links.csv" in str(problem.value)


def test_every_wrong_line_is_named_at_once(tmp_path):
    with pytest.raises(RuleSheetProblem) as problem:
        rules_of(tmp_path, HEADER + "join,a,b,c:d,\nlink,a,b,c,\n")
    assert ("line 2" in str(problem.value), "line 3" in str(problem.value)) == (True, True)


def test_another_header_is_refused(tmp_path):
    with pytest.raises(RuleSheetProblem, match="line 1: the first line must be decision,source_system"):
        rules_of(tmp_path, "record,account\na,b\n")


def test_a_new_workspace_has_an_empty_file_that_says_how(tmp_path):
    create_workspace(tmp_path, "Here")
    assert (tmp_path / "account_links.csv").read_text("utf-8") == TEMPLATE
    assert load_settings(tmp_path).account_rules == ()
    # The examples in it are valid as they stand.
    without_marks = "\n".join(
        line.removeprefix("# ") if line.startswith(("# link", "# never,")) else line for line in TEMPLATE.splitlines()
    )
    assert len(rules_of(tmp_path, without_marks)) == 3


def test_a_wrong_file_stops_every_command_with_its_place(tmp_path):
    create_workspace(tmp_path, "Here")
    (tmp_path / "account_links.csv").write_text(HEADER + "join,a,b,c:d,\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"account_links.csv, line 2: column decision"):
        load_settings(tmp_path)
