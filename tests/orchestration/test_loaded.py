"""Files are read ahead while the one before is written: what fails takes nothing else with it, and leaves nothing open."""

import duckdb
import pytest

from orchestration import store as store_module
from orchestration.assets import loaded
from orchestration.assets.landed import collect
from orchestration.assets.loaded import load_new_files, open_store
from orchestration.declared import workspace_specs
from orchestration.resources import LogProgress
from orchestration.settings import load_settings
from orchestration.store import BuildStore

HEADER = "ID,Survey Type,Score,Comment,Email,Created At,Updated At\n"
STAMP = "2026-05-01 10:00:00 UTC"


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "earshot.toml").write_text("", "utf-8")
    inbox = tmp_path / "inbox/delighted"
    inbox.mkdir(parents=True)
    for number in range(5):
        answers = f"{number},nps,9,Fine,a{number}@x.example,{STAMP},{STAMP}\n"
        (inbox / f"answers{number}.csv").write_text(HEADER + answers, "utf-8")
    (inbox / "answers2.csv").write_text("neither,columns\n1,2\n", "utf-8")
    made = load_settings(tmp_path)
    collect(made, ["delighted"])
    return made


def load(settings):
    return load_new_files(settings, workspace_specs(settings), "run", LogProgress())


def ledger(settings):
    """As another process reads it: that fails where anything in this one still has the database open."""
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        return connection.execute("SELECT file, state, rows_loaded FROM ops.file ORDER BY sequence").fetchall()


WHOLE = [(f"delighted/answers{n}.csv", *(("unrecognised", 0) if n == 2 else ("loaded", 1))) for n in range(5)]


def test_each_file_is_in_the_ledger_in_the_order_of_delivery(settings):
    assert (load(settings).files, load(settings).files) == (5, 0)
    assert ledger(settings) == WHOLE


def test_a_file_that_cannot_be_written_takes_only_those_after_it_along(settings, monkeypatch):
    commit = BuildStore.commit

    def torn(store, staged):
        if staged.delivery.name.endswith("answers1.csv"):
            staged.close()
            raise OSError("no space left on device")
        return commit(store, staged)

    monkeypatch.setattr(BuildStore, "commit", torn)
    with pytest.raises(OSError, match="no space"):
        load(settings)
    assert ledger(settings) == WHOLE[:1]
    monkeypatch.undo()
    assert load(settings).files == 4
    assert ledger(settings) == WHOLE


def test_what_was_read_before_a_file_that_cannot_be_read_is_kept(settings, monkeypatch):
    inspect = loaded.inspect

    def unreadable(path, name, *more):
        if name.endswith("answers3.csv"):
            raise OSError("input/output error")
        return inspect(path, name, *more)

    monkeypatch.setattr(loaded, "inspect", unreadable)
    with pytest.raises(OSError, match="input/output"):
        load(settings)
    assert ledger(settings) == WHOLE[:3]
    monkeypatch.undo()
    load(settings)
    assert ledger(settings) == WHOLE


def test_one_file_is_read_while_the_one_before_is_written(settings, monkeypatch):
    stage, commit, at_hand, most = BuildStore.stage_delivery, BuildStore.commit, [], []

    def staging(store, delivery, *parts, **more):
        staged = stage(store, delivery, *parts, **more)
        at_hand.append(delivery.name)
        most.append(len(at_hand))
        return staged

    def committing(store, staged):
        read = commit(store, staged)
        at_hand.remove(staged.delivery.name)
        return read

    monkeypatch.setattr(BuildStore, "stage_delivery", staging)
    monkeypatch.setattr(BuildStore, "commit", committing)
    load(settings)
    assert max(most) <= 2
    assert at_hand == []
    with open_store(settings).connect() as connection:
        assert connection.execute("SELECT count(*) FROM raw.delighted__response").fetchall() == [(4,)]


class Logs(LogProgress):
    """Looks at the size of the database's log after each file."""

    def __init__(self, log):
        super().__init__()
        self.log, self.sizes = log, []

    def advance(self, what, steps=1):
        self.sizes.append(self.log.stat().st_size if self.log.exists() else 0)


@pytest.mark.parametrize("most", [0, 64_000_000])
def test_a_log_that_has_grown_long_is_folded_into_the_file_between_deliveries(settings, monkeypatch, most):
    monkeypatch.setattr(store_module, "LOG_MOST", most)
    progress = Logs(settings.build_db.with_name(f"{settings.build_db.name}.wal"))
    load_new_files(settings, workspace_specs(settings), "run", progress)
    assert [size > 0 for size in progress.sizes] == [most > 0] * 5
