"""Other rules of redaction: what was loaded under the old ones is read again, once."""

from orchestration import renewal
from orchestration.assets.landed import collect
from orchestration.assets.loaded import load_new_files, open_store
from orchestration.declared import workspace_specs
from orchestration.resources import LogProgress
from orchestration.settings import load_settings

ANSWERS = (
    "ID,Survey Type,Score,Comment,Email,Created At,Updated At\n"
    "1,nps,9,Write to bob@y.example,a@x.example,2026-05-01 10:00:00 UTC,2026-05-01 10:00:00 UTC\n"
)


def test_rows_that_leak_are_read_again_once_the_rules_have_changed(tmp_path, monkeypatch):
    (tmp_path / "earshot.toml").write_text("", "utf-8")
    inbox = tmp_path / "inbox/delighted"
    inbox.mkdir(parents=True)
    (inbox / "answers.csv").write_text(ANSWERS, "utf-8")
    settings, quiet = load_settings(tmp_path), LogProgress()
    store = open_store(settings)
    store.prepare(workspace_specs(settings).values())
    assert renewal.renew_protection(settings, store, "r0", quiet) == set()
    collect(settings, ["delighted"])
    load_new_files(settings, workspace_specs(settings), "r1", quiet)
    with store.connect() as connection:
        connection.execute("UPDATE raw.delighted__response SET comment = 'Write to bob@y.example'")
    assert renewal.renew_protection(settings, store, "r2", quiet) == set()
    monkeypatch.setattr(renewal, "rules_version", lambda: "mended")
    assert renewal.renew_protection(settings, store, "r3", quiet) == {"delighted"}
    with store.connect() as connection:
        assert connection.execute("SELECT comment, _batch FROM raw.delighted__response").fetchall() == [
            ("Write to [EMAIL]", "r3")
        ]
    assert renewal.renew_protection(settings, store, "r4", quiet) == set()
