"""Generation is reproducible, bounded, tidy, and independent of the rest of the program."""

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.generate import generate

ROOT = Path(__file__).parents[2]


def digest(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(root.rglob("*")) if p.is_file()
    }


def run(target: Path, hash_seed: str, *options: str) -> dict[str, str]:
    command = [sys.executable, "-m", "demo.generate", str(target), "--size", "0.05", *options]
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": str(ROOT),
        "TZ": "Asia/Tokyo" if hash_seed == "1" else "UTC",
    }
    subprocess.run(command, env=environment, cwd=target.parent, check=True, capture_output=True)
    return digest(target)


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    first = run(tmp_path / "a", "1")
    assert first == run(tmp_path / "b", "2")
    assert len(first) > 25
    other = run(tmp_path / "c", "1", "--seed", "8")
    assert other.keys() == first.keys()
    # The registry is what the company says of itself, whoever its customers are.
    drawn = [name for name in first if not name.startswith("inbox/registry/")]
    assert sum(other[name] != first[name] for name in drawn) >= len(drawn) - 1


def test_the_bundled_company_is_of_the_promised_size(sample) -> None:
    assert sample.summary.bytes == sum(p.stat().st_size for p in sample.inbox.rglob("*") if p.is_file())
    assert sample.summary.bytes < 15_000_000
    truth = sample.truth
    assert truth["accounts"]["total"] == 160
    assert 450 <= truth["accounts"]["contacts"] <= 600
    assert truth["nps"]["overall"]["n"] == 1_800
    assert truth["texts"]["by_channel"]["support"] == 2_500
    assert truth["texts"]["by_channel"]["sales"] == 600
    assert truth["texts"]["by_channel"]["research"] == 180
    assert 350 <= truth["opportunities"]["total"] <= 450
    assert 29_000 <= truth["streams"]["amplitude.event"]["current"] <= 31_000


def test_size_scales_linearly(tmp_path: Path) -> None:
    small, large = generate(tmp_path / "s", 0.1), generate(tmp_path / "l", 0.3)
    for stream in ("amplitude.event", "delighted.response", "zendesk.ticket"):
        assert large.records[stream] / small.records[stream] == pytest.approx(3, rel=0.2)


def test_a_second_call_replaces_its_own_files_only(tmp_path: Path) -> None:
    generate(tmp_path, 0.05)
    before = digest(tmp_path)
    foreign = tmp_path / "inbox" / "zendesk" / "from a colleague.json"
    foreign.write_text("{}")
    leftover = tmp_path / "inbox" / "zendesk" / "old.json"
    leftover.write_text("{}")
    truth = tmp_path / "truth.json"
    truth.write_text(
        truth.read_text().replace('"inbox_files": [', '"inbox_files": [\n  "zendesk/old.json", "../outside", "/etc/none",')
    )
    (tmp_path / "outside").write_text("stays")
    generate(tmp_path, 0.05)
    assert foreign.exists()
    assert (tmp_path / "outside").exists()
    assert not leftover.exists()
    foreign.unlink()
    (tmp_path / "outside").unlink()
    assert digest(tmp_path) == before


@pytest.mark.parametrize("size", [0, -1, float("inf"), float("nan")])
def test_a_size_that_makes_no_sense(tmp_path: Path, size: float) -> None:
    with pytest.raises(ValueError, match="positive number"):
        generate(tmp_path, size)
    assert not list(tmp_path.iterdir())


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    generate(tmp_path, 0.1, progress=lambda part, done, expected: told.append((part, done, expected)))
    assert [part for part, done, expected in told if done == expected][-1] == "events"
    assert {part for part, _, _ in told} == {"survey answers", "CRM", "tickets", "events"}
    assert all(0 < done <= expected for _, done, expected in told)


def test_it_imports_nothing_else_of_ours() -> None:
    ours = {p.name for p in ROOT.iterdir() if p.is_dir()} - {"demo"}
    found = set()
    for path in (ROOT / "demo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    assert "demo" in found
    assert not found & ours
