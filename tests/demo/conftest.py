"""One generated company per variant, shared by the tests that only read it."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.generate import Summary, generate

# Helpers of these tests are modules beside them, which the import mode of the suite does not find by itself.
sys.path.append(str(Path(__file__).parent))


@dataclass(frozen=True)
class Sample:
    root: Path
    summary: Summary
    truth: dict[str, Any]

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"


def make(root: Path, **options: Any) -> Sample:
    summary = generate(root, **options)
    return Sample(root, summary, json.loads(summary.truth.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The bundled company."""
    return make(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def null_sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The same company with nothing planted."""
    return make(tmp_path_factory.mktemp("null"), planted=False)
