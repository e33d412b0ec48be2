"""What `python -m earshot_spark` takes for itself and what it hands to dbt, without Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from earshot_spark.__main__ import parsed

PLACES = ["--tables", "lake", "--warehouse", "spark"]


def test_what_follows_the_places_is_dbts():
    known, rest = parsed([*PLACES, "build", "--select", "staging", "--vars", '{"as_of": "2026-01-01"}'])
    assert (known.tables, known.warehouse, known.master, known.conf) == (Path("lake"), Path("spark"), "local[2]", [])
    assert rest == ["build", "--select", "staging", "--vars", '{"as_of": "2026-01-01"}']


def test_settings_keep_the_signs_in_their_values():
    known, rest = parsed([*PLACES, "--conf", "a.b=c=d", "--conf", "e=", "--master", "spark://one:7077", "build"])
    assert dict(known.conf) == {"a.b": "c=d", "e": ""}
    assert (known.master, rest) == ("spark://one:7077", ["build"])


@pytest.mark.parametrize("setting", ["spark.executor.memory", "=4g"])
def test_a_setting_without_name_or_value_is_told_how(setting, capsys):
    with pytest.raises(SystemExit):
        parsed([*PLACES, "--conf", setting, "build"])
    assert "write NAME=VALUE" in capsys.readouterr().err


def test_judging_takes_a_workspace():
    known, rest = parsed([*PLACES, "judge", "--workspace", "voc"])
    assert (known.workspace, rest) == (Path("voc"), ["judge"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "say what to do"),
        (["judge"], "takes --workspace FOLDER"),
        (["-w", "voc", "judge", "--select", "staging"], "it was given --select staging"),
    ],
)
def test_what_cannot_be_done_is_told_before_spark_starts(arguments, told, capsys):
    with pytest.raises(SystemExit):
        parsed([*PLACES, *arguments])
    assert told in capsys.readouterr().err
