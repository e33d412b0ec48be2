"""The manifest that a run plans by: parsed where the project has changed, or where somebody else's dbt wrote its own."""

from types import SimpleNamespace

import pytest

from orchestration.assets import transformed


@pytest.fixture
def parses(tmp_path, monkeypatch):
    """A project of one file, and a dbt that only writes a manifest; the list has an entry for each parse."""
    done = []

    def parse(arguments, target_path):
        done.append(arguments[0])
        (target_path / "manifest.json").write_text("{}")
        return SimpleNamespace(wait=lambda: None)

    (tmp_path / "dbt_project.yml").write_text("name: earshot")
    monkeypatch.setattr(transformed, "DBT_PROJECT", tmp_path)
    monkeypatch.setattr(transformed, "dbt_variables", lambda settings: {})
    monkeypatch.setattr(transformed, "dbt_resource", lambda settings: SimpleNamespace(cli=parse))
    return done


def test_a_manifest_that_another_dbt_wrote_is_parsed_anew(parses, tmp_path):
    settings = SimpleNamespace(state_dir=tmp_path / ".earshot")
    manifest = transformed.prepare_manifest(settings)
    transformed.prepare_manifest(settings)
    assert parses == ["parse"]
    manifest.write_text('{"target": "published"}')
    transformed.prepare_manifest(settings)
    assert parses == ["parse", "parse"]
    assert manifest.read_text() == "{}"


def test_the_target_that_is_built_is_not_the_environment_s_to_say(monkeypatch):
    monkeypatch.setenv("EARSHOT_DBT_TARGET", "published")
    assert transformed.dbt_resource(SimpleNamespace()).target == "duckdb"
