"""`earshot connector`: a new vendor drafted and tested, and one that an installed package announces."""

from __future__ import annotations

import io
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from connectors.registry import load_specs
from orchestration.build_layout import ensure_layout
from orchestration.cli import app
from orchestration.scaffold import ScaffoldProblem, write_vendor
from orchestration.union_step import ACCOUNTS, UNIONS

ROOT = Path(__file__).parents[2]

SAMPLE = """Order,Opened At,Email,Customer,What happened
o-1,2025-03-01 10:00:00,a@acme.example,Acme,"The export is broken, again"
o-2,2025-03-02 10:00:00,b@beta.example,Beta,Nobody answers the phone at night
"""
SPEC_TEXT = """
from connectors.spec import ExportSpec, Field

SPECS = (
    ExportSpec(
        vendor="acme",
        stream="call",
        kind="sales",
        description="One call.",
        reference="made for this test",
        formats=("csv",),
        files=("*",),
        key=("id",),
        text=("words",),
        fields=(
            Field("id", "string", "Id", required=True),
            Field("words", "string", "Words", personal="text"),
        ),
    ),
)
"""


Earshot = Callable[..., tuple[int, str]]


@pytest.fixture
def earshot(monkeypatch: pytest.MonkeyPatch) -> Earshot:
    """Calls the shell; gives its exit code and what it said."""

    def called(*arguments: str) -> tuple[int, str]:
        said = io.StringIO()
        terminal = Console(file=said, width=200)
        monkeypatch.setattr("orchestration.commands.connector.console", terminal)
        monkeypatch.setattr("orchestration.shell.complaints", terminal)
        outcome = CliRunner().invoke(app, list(arguments))
        return outcome.exit_code, said.getvalue()

    return called


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(SAMPLE, encoding="utf-8")
    return path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that announces a vendor: its code, its metadata, its fixtures."""
    site = tmp_path / "site"
    module, metadata = site / "acme_earshot", site / "acme_earshot-1.0.dist-info"
    for folder in (module / "fixtures" / "acme", metadata):
        folder.mkdir(parents=True)
    (module / "specs.py").write_text(SPEC_TEXT, encoding="utf-8")
    (module / "fixtures" / "acme" / "call.csv").write_text("ID,Words\n1,fine\n2,too slow\n", encoding="utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-earshot\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text("[earshot.connectors]\nacme = acme_earshot.specs\n", encoding="utf-8")
    monkeypatch.syspath_prepend(site)
    return module


def test_a_draft_has_spec_fixture_and_staging(tmp_path: Path, sample: Path, earshot: Earshot) -> None:
    code, output = earshot("connector", "new", "acme", "--sample", str(sample), "--kind", "support", "--root", str(tmp_path))
    assert code == 0, output
    assert "email (email)" in output
    vendor, staging = tmp_path / "connectors" / "vendors" / "acme.py", tmp_path / "dbt_project" / "models" / "staging" / "acme"
    space: dict[str, object] = {}
    exec(vendor.read_text("utf-8"), space)  # noqa: S102 - our own text
    (spec,) = space["SPECS"]  # type: ignore[misc]
    assert (spec.table, spec.text) == ("acme__item", ("what_happened",))
    assert (tmp_path / "tests" / "fixtures" / "exports" / "acme" / "item.csv").read_text("utf-8") == SAMPLE

    # The staging view runs on the raw table that the spec makes, and its YAML describes each of its columns.
    sql = (staging / "stg_acme__item.sql").read_text("utf-8").replace("{{ source('raw', 'acme__item') }}", "raw.acme__item")
    sql = re.sub(r"\{\{ clean\('(.*?)'\) \}\}", r"nullif(trim(\1), '')", sql)
    with duckdb.connect(str(tmp_path / "b.duckdb")) as con:
        ensure_layout(con, [spec])
        built = [row[0] for row in con.execute(f"describe ({sql})").fetchall()]
    (model,) = yaml.safe_load((staging / "_acme__models.yml").read_text("utf-8"))["models"]
    assert [column["name"] for column in model["columns"]] == built
    assert all(column["description"] for column in model["columns"])
    assert "email" not in built
    (source,) = yaml.safe_load((staging / "_acme__sources.yml").read_text("utf-8"))["sources"]
    assert [table["name"] for table in source["tables"]] == ["acme__item"]


@pytest.mark.parametrize("kind", UNIONS)
def test_the_last_step_is_printed_column_by_column_as_the_models_have_them(
    tmp_path: Path, sample: Path, earshot: Earshot, kind: str
) -> None:
    code, output = earshot("connector", "new", "acme", "--sample", str(sample), "--kind", kind, "--root", str(tmp_path))
    assert code == 0, output
    printed = re.findall(
        r"Add to (\S+)\n.*?at the end of `(\w+)`:\n\n    union all\n\n(.*?from acme__item\n)", output, re.DOTALL
    )
    assert [model for model, _, _ in printed] == [UNIONS[kind].model, ACCOUNTS.model]
    for model, cte, select in printed:
        text = (ROOT / model).read_text("utf-8")
        first = re.split(r"(?:\{\{ \")?union all", text[text.index(f"\n{cte} as (") :].split("(", 1)[1])[0]
        assert columns_of(select) == columns_of(first)
    assert "        words" in output
    assert "opened_at as " in output
    assert "account_name='customer', domain='email_domain'" in output


def columns_of(select: str) -> list[str]:
    """Names of what a query selects, as DuckDB parses it; templates stand for values."""
    plain = re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", "x", select, flags=re.DOTALL))
    with duckdb.connect() as con:
        ((parsed,),) = con.execute("select json_serialize_sql(?)", [plain]).fetchall()
    found = json.loads(parsed)["statements"][0]["node"]["select_list"]
    return [one["alias"] or one["column_names"][-1] for one in found]


def test_nothing_that_exists_is_overwritten(tmp_path: Path, sample: Path, earshot: Earshot) -> None:
    arguments = ("connector", "new", "acme", "--sample", str(sample), "--root", str(tmp_path))
    assert earshot(*arguments)[0] == 0
    code, output = earshot(*arguments)
    assert code == 1
    assert "exists already" in output


@pytest.mark.parametrize("name", ["Acme", "acme-co", "1st"])
def test_a_name_that_is_no_name_is_told(tmp_path: Path, sample: Path, earshot: Earshot, name: str) -> None:
    code, output = earshot("connector", "new", name, "--sample", str(sample), "--root", str(tmp_path))
    assert code == 1
    assert "snake_case" in output


def test_a_long_sample_becomes_a_short_fixture_of_whole_records(tmp_path: Path) -> None:
    from connectors.infer import infer, read_sample

    sample = tmp_path / "long.csv"
    rows = "".join(f'i{n},2025-03-01,"two\nlines with {"x" * 100}"\n' for n in range(3000))
    sample.write_text("ID,Day,Words\n" + rows, encoding="utf-8")
    made = write_vendor(tmp_path, infer(read_sample(sample), "acme", "item", "research"), sample)
    fixture = made[-1].read_text("utf-8")
    assert 20 < fixture.count("\n") < 80
    assert fixture.count('"') % 2 == 0
    sample.write_text("[" + ",".join(['{"id": "1", "w": "' + "x" * 10_000 + '"}'] * 1200) + "]", encoding="utf-8")
    with pytest.raises(ScaffoldProblem, match="large for a fixture"):
        write_vendor(tmp_path, infer(read_sample(sample), "beta", "item", "research"), sample)


def test_the_kit_says_what_holds(package: Path, earshot: Earshot) -> None:
    code, output = earshot("connector", "test", "acme", "--fixtures", str(package / "fixtures"))
    assert (code, "9 checks of acme, 0 failed." in output) == (0, True), output
    (package / "fixtures" / "acme" / "call.csv").write_text("ID,Words\n1,\n", encoding="utf-8")
    code, output = earshot("connector", "test", "acme", "--fixtures", str(package / "fixtures"))
    assert code == 5
    assert "no row has a value of words" in output
    assert earshot("connector", "test", "nobody")[0] == 2


def test_an_installed_package_adds_its_vendor_to_the_pipeline(package: Path, tmp_path: Path) -> None:
    from connectors.landing import Landing
    from orchestration.assets.loaded import load_new_files, open_store
    from orchestration.declared import workspace_specs
    from orchestration.resources import LogProgress
    from orchestration.settings import load_settings

    assert load_specs()["acme__call"].kind == "sales"
    root = tmp_path / "workspace"
    (root / "inbox" / "acme").mkdir(parents=True)
    (root / "earshot.toml").write_text("", encoding="utf-8")
    (root / "inbox" / "acme" / "calls.csv").write_text("ID,Words\n1,fine\n2,too slow\n", encoding="utf-8")
    settings = load_settings(root)
    settings.state_dir.mkdir(exist_ok=True)
    specs = workspace_specs(settings)
    Landing(settings.landing_dir).collect(settings.inbox, {spec.vendor for spec in specs.values()})
    assert load_new_files(settings, specs, "batch-1", LogProgress()).rows == 2
    with open_store(settings).connect() as con:
        assert con.execute("select id, _text from raw.acme__call order by 1").fetchall() == [("1", "fine"), ("2", "too slow")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[sources.mine]\nformat = "csv"\n', "needs format, key and fields"),
        ('[sources.mine]\nkey = ["a"]\n', "needs format, key and fields"),
        ('[sources.mine]\nformat = "csv"\nkey = ["a"]\nfields = ["b"]\n', "a is not among its fields"),
        ('[sources.mine]\nformat = "csv"\nkey = ["A"]\nfields = ["A"]\n', "snake_case"),
        ('[sources.zendesk]\nformat = "csv"\nkey = ["a"]\nfields = ["a"]\n', "knows already"),
        (
            '[sources.mine]\nformat = "csv"\nkey = ["a"]\nfields = ["a", "t"]\ntext = ["t"]\n'
            'feedback = { channel = "sales", occurred_at = "a" }\n',
            "the type timestamp or date",
        ),
        (
            '[sources.mine]\nformat = "csv"\nkey = ["a"]\nfields = ["a", "t"]\ntypes = { a = "date" }\n'
            'feedback = { channel = "sales", occurred_at = "a" }\n',
            "need words",
        ),
        ('[sources.mine]\nformat = "csv"\nkey = ["a"]\nfields = ["a"]\nfeedback = { channel = "gossip" }\n', "channel"),
    ],
)
def test_a_wrong_declaration_says_what_to_do(tmp_path: Path, text: str, why: str) -> None:
    from orchestration.declared import feedback_selects, workspace_specs
    from orchestration.settings import SettingsError, load_settings

    (tmp_path / "earshot.toml").write_text(textwrap.dedent(text), encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(why)):
        settings = load_settings(tmp_path)
        workspace_specs(settings)
        feedback_selects(settings)


def test_a_withheld_field_is_no_feedback(tmp_path: Path) -> None:
    from orchestration.declared import feedback_selects
    from orchestration.settings import SettingsError, load_settings

    declaration = """
[sources.mine]
format = "csv"
key = ["a"]
fields = ["a", "day", "t", "who"]
text = ["t"]
types = { day = "date" }
personal = { who = "withheld" }
feedback = { channel = "sales", occurred_at = "day", account_name = "who" }
"""
    (tmp_path / "earshot.toml").write_text(declaration, encoding="utf-8")
    with pytest.raises(SettingsError, match="who is withheld"):
        feedback_selects(load_settings(tmp_path))
