"""New themes are looked for in customers' words alone."""

from __future__ import annotations

import shutil
from pathlib import Path

from connectors.landing import Landing
from insights.taxonomy import DEFAULT
from orchestration.assets.discovered import discover_uncovered
from orchestration.assets.loaded import load_new_files, open_store
from orchestration.declared import workspace_specs
from orchestration.resources import LogProgress
from orchestration.settings import load_settings

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "exports"


def test_agents_answers_are_no_place_to_look_for_themes(tmp_path: Path) -> None:
    (tmp_path / "earshot.toml").write_text("", encoding="utf-8")
    shutil.copy(DEFAULT, tmp_path / "themes.yml")
    inbox = tmp_path / "inbox" / "zendesk"
    inbox.mkdir(parents=True)
    shutil.copy(FIXTURES / "zendesk" / "comment.json", inbox)
    settings = load_settings(tmp_path)
    settings.state_dir.mkdir(exist_ok=True)
    specs = workspace_specs(settings)
    Landing(settings.landing_dir).collect(settings.inbox, {"zendesk"})
    assert load_new_files(settings, specs, "batch-1", LogProgress()).rows == 3
    with open_store(settings).connect() as con:
        assert con.execute("select count(_text_sha256) from raw.zendesk__comment").fetchall() == [(3,)]
    assert discover_uncovered(settings, specs, LogProgress()) == 0
