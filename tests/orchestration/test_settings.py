import re

import pytest

from orchestration.assets.transformed import dbt_variables
from orchestration.settings import DBT_PROJECT, HiringThresholds, SettingsError, load_settings

SALT = "5a"


def workspace(tmp_path, text):
    (tmp_path / "earshot.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_an_empty_configuration_has_the_defaults(tmp_path):
    settings = load_settings(workspace(tmp_path, ""))
    assert settings.config.privacy.min_group_size == 3
    assert settings.warehouse_db == tmp_path / "warehouse.duckdb"


def test_the_salt_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = load_settings(workspace(tmp_path, ""))
    assert load_settings(tmp_path).salt == first.salt
    assert len(first.salt) == 64
    assert (tmp_path / ".earshot" / "salt").stat().st_mode & 0o077 == 0
    assert first.salt not in repr(first)


def test_the_environment_may_hold_the_salt(tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_SALT", SALT)
    assert load_settings(workspace(tmp_path, "")).salt == SALT
    assert not (tmp_path / ".earshot" / "salt").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[privacy]\nmin_group_size = 0\n", ["line 2", "privacy.min_group_size", "greater than or equal to 2"]),
        ("[workspace]\nname = 'x'\nreporting_curency = 'EUR'\n", ["line 3", "reporting_curency", "reporting_currency"]),
        ("[privcy]\nmin_group_size = 3\n", ["privcy", "not a setting", "privacy"]),
        ("[inbox\n", ["not valid TOML"]),
        ("[hiring.thresholds]\nstakeholder_load = 75\n", ["line 2", "hiring.thresholds.stakeholder_load", "less than 1"]),
        ("[workspace]\nas_of = 'yesterday'\n", ["line 2", "workspace.as_of"]),
    ],
)
def test_a_wrong_setting_is_named_with_its_place_and_remedy(tmp_path, text, expected):
    with pytest.raises(SettingsError) as error:
        load_settings(workspace(tmp_path, text))
    assert "earshot.toml" in str(error.value)
    for part in expected:
        assert part in str(error.value)


def test_hiring_thresholds_reach_the_models_and_others_keep_their_default(tmp_path):
    settings = load_settings(workspace(tmp_path, "[hiring.thresholds]\nstakeholder_load = 0.8\nsmall_team_pms = 6\n"))
    assert dbt_variables(settings)["hiring_thresholds"] == {"stakeholder_load": 0.8, "small_team_pms": 6}
    assert "hiring_thresholds" not in dbt_variables(load_settings(workspace(tmp_path, "")))


def test_every_threshold_of_the_settings_is_one_of_the_models():
    macro = (DBT_PROJECT / "macros" / "rules" / "organisation.sql").read_text("utf-8")
    defaults = set(re.findall(r"^      '(\w+)': [0-9.]+,$", macro, re.MULTILINE))
    assert defaults == set(HiringThresholds.model_fields)


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path):
    with pytest.raises(SettingsError, match="earshot init"):
        load_settings(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / "earshot.toml").write_bytes(b"[workspace]\nname = '\xe4'\n")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(tmp_path)
