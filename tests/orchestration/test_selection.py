"""What `earshot run --select` takes for a selection."""

import pytest

from orchestration.definitions import build_defs
from orchestration.job import RunProblem, selected
from orchestration.settings import load_settings
from orchestration.workspace import create_workspace


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    place = tmp_path_factory.mktemp("selection")
    create_workspace(place, "Example")
    return build_defs(load_settings(place))


@pytest.mark.parametrize("wanted", ['key:"raw/amplitude__event"', "group:raw"])
def test_one_raw_table_selects_all_that_its_step_makes(definitions, wanted):
    keys = {key.to_user_string() for key in selected(definitions, wanted)}
    assert {"raw/amplitude__event", "raw/slack__user", "ops/file"} <= keys
    assert "landed/amplitude" not in keys
    assert not any(key.startswith("published") for key in keys)


def test_what_is_no_selection_is_told_as_such(definitions):
    with pytest.raises(RunProblem, match="is no asset selection"):
        selected(definitions, "group:(")
    with pytest.raises(RunProblem, match="matches no asset"):
        selected(definitions, "key:no_such_thing")
