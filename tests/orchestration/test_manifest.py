"""The manifest that a run plans by: parsed where the project has changed, or where somebody else's dbt wrote its own."""

from types import SimpleNamespace

import pytest

from orchestration.assets import transformed


@pytest.fixture
def parses(tmp_path, monkeypatch):
    """A project of one file, and a dbt that only writes a manifest; the list has an entry for each parse."""
    done = []

    def parse(settings, target):
        done.append("parse")
        (target / "manifest.json").write_text("{}")

    (tmp_path / "dbt_project.yml").write_text("name: earshot")
    monkeypatch.setattr(transformed, "DBT_PROJECT", tmp_path)
    monkeypatch.setattr(transformed, "parse", parse)
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


def test_the_target_that_is_built_is_not_the_environment_s_to_say(monkeypatch, tmp_path):
    monkeypatch.setenv("EARSHOT_DBT_TARGET", "published")
    monkeypatch.setattr(transformed, "dbt_variables", lambda settings: {})
    monkeypatch.setattr(transformed, "quiet_environment", lambda settings: {})
    asked = []

    def refused(command, **_):
        asked.extend(command)
        return SimpleNamespace(returncode=2, stdout="", stderr="Compilation Error in model feedback")

    monkeypatch.setattr(transformed.subprocess, "run", refused)
    with pytest.raises(transformed.NotParsed, match="model feedback"):
        transformed.parse(SimpleNamespace(), tmp_path)
    assert asked[asked.index("--target") + 1] == "duckdb"
