"""Every landed stream and every public mart has its suite, and no rule is stated by a suite and by dbt as well."""

from pathlib import Path

import pytest
import yaml

from connectors.registry import load_specs
from data_quality.suite import Accepted, Between, NotNull, Refers, Unique
from data_quality.suites.landed import landed_suites
from data_quality.suites.marts import mart_suites
from orchestration.checks import shape

MARTS_FOLDER = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "marts"
SUITES = {suite.object: suite for suite in mart_suites()}
MODELS = {
    f"{path.parent.name}.{model['name']}": model
    for path in sorted(MARTS_FOLDER.glob("*/*__models.yml"))
    for model in yaml.safe_load(path.read_text("utf-8"))["models"]
}
OF_EVERY_STREAM = {
    "columns": "blocking",
    "unique_key": "blocking",
    "required_present": "blocking",
    "balance_is_zero": "blocking",
    "rows_recounted": "blocking",
    "most_rows_readable": "blocking",
    "few_rows_quarantined": "warning",
    "no_email_address": "warning",
    "usual_volume": "warning",
    "no_new_drift": "warning",
    "fresh": "warning",
}


def test_every_declared_stream_has_a_suite_of_schema_key_ranges_accounts_volume_drift_and_freshness():
    specs = load_specs().values()
    suites = {suite.object: suite for suite in landed_suites([shape(spec) for spec in specs])}
    assert len(specs) > 60
    for spec in specs:
        checks = {check.name: check.severity for check in suites[f"raw.{spec.table}"].checks}
        assert OF_EVERY_STREAM.items() <= checks.items(), spec.table
        for field in spec.fields:
            if field.minimum is not None or field.maximum is not None:
                assert checks[f"{field.name}_in_range"] == "blocking", spec.table
            if field.type == "timestamp" and field.personal is None:
                assert checks[f"{field.name}_plausible"] == "blocking", spec.table


def test_every_public_mart_has_a_suite_of_its_columns_grain_and_words():
    assert set(SUITES) - {"warehouse"} == set(MODELS)
    for name in MODELS:
        checks = {check.name: check.severity for check in SUITES[name].checks}
        assert {"columns": "blocking", "no_email_address": "blocking"}.items() <= checks.items(), name


def dbt_rules(model):
    """Column (None for the table), name and arguments of every data test of a model."""
    for column, tested in [(None, model), *((column["name"], column) for column in model["columns"])]:
        for test in tested.get("data_tests", ()):
            name, given = next(iter(test.items())) if isinstance(test, dict) else (test, {})
            yield column, name, (given or {}).get("arguments", {})


def stated_by(rules, column, name, given):
    """Whether rules of a suite say what a data test of dbt says."""
    match name:
        case "not_null":
            return any(isinstance(rule, NotNull) and column in rule.columns for rule in rules)
        case "unique":
            return any(isinstance(rule, Unique) and rule.columns == (column,) for rule in rules)
        case "unique_together":
            return any(isinstance(rule, Unique) and set(rule.columns) == set(given["columns"]) for rule in rules)
        case "accepted_values":
            listed = [rule.values for rule in rules if isinstance(rule, Accepted) and rule.column == column]
            return any(set(values) == set(given["values"]) for values in listed)
        case "within_range":
            return Between(column, given.get("minimum"), given.get("maximum")) in rules
        case "relationships":
            referred = [rule for rule in rules if isinstance(rule, Refers) and rule.column == column]
            return any(rule.table.endswith("." + given["to"].split("'")[1]) for rule in referred)
    raise AssertionError(f"nothing says what suites have for dbt's {name}")


@pytest.mark.parametrize("name", MODELS)
def test_no_rule_of_a_suite_is_a_test_of_dbt_too(name):
    rules = [check.rule for check in SUITES[name].checks]
    assert [rule for rule in dbt_rules(MODELS[name]) if stated_by(rules, *rule)] == []


def test_a_rule_that_is_stated_twice_would_be_seen():
    rules = [
        Unique(("a", "b")),
        NotNull(("a",)),
        Accepted("c", ("y", "x")),
        Between("d", 0, 1),
        Refers("e", "core.account", "account_id"),
    ]
    model = {
        "data_tests": [{"unique_together": {"arguments": {"columns": ["b", "a"]}}}],
        "columns": [
            {"name": "a", "data_tests": ["not_null"]},
            {"name": "c", "data_tests": [{"accepted_values": {"arguments": {"values": ["x", "y"]}}}]},
            {"name": "d", "data_tests": [{"within_range": {"arguments": {"minimum": 0, "maximum": 1}}}]},
            {"name": "e", "data_tests": [{"relationships": {"arguments": {"to": "ref('account')", "field": "account_id"}}}]},
        ],
    }
    assert all(stated_by(rules, *rule) for rule in dbt_rules(model))
    assert not stated_by(rules, "b", "not_null", {})
