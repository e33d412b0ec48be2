"""Workspaces for the end-to-end tests: one sample company is run once per session, tests work on copies of it."""

import json
import shutil

import pytest
from filelock import FileLock
from walk_support import earshot

SIZE = "0.25"


@pytest.fixture(scope="session")
def company(tmp_path_factory, worker_id):
    """The sample company after its first run, made once for all workers of a test session. Read it; change only copies."""
    # Each worker's temporary folder lies in that of the session.
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    root = shared / "company" / "workspace"
    with FileLock(shared / "company.lock"):
        if not (root / "first_run.txt").exists():
            _first_run(root)
    return root


def _first_run(root):
    made = earshot("demo", root, "--size", SIZE)
    assert made.returncode == 0, made.stderr
    finished = earshot("run", "--workspace", root)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    (root / "first_run.txt").write_text(finished.stdout, encoding="utf-8")


@pytest.fixture
def company_copy(company, tmp_path):
    """A copy of the sample company's workspace that a test may spoil."""
    target = tmp_path / "workspace"
    shutil.copytree(company, target, symlinks=True)
    return target


@pytest.fixture(scope="session")
def truth(company):
    """What the generator planted in the sample company."""
    return json.loads((company / "truth.json").read_text("utf-8"))
