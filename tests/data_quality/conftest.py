"""Small databases that satisfy every suite; tests spoil copies of them."""

import shutil
import sys
from pathlib import Path

import pytest

# The fixture modules lie beside the tests, in a folder that is no package.
sys.path.append(str(Path(__file__).parent))

from build_fixture import write_build
from warehouse_fixture import write_warehouse


@pytest.fixture(scope="session")
def good_warehouse(tmp_path_factory):
    """A warehouse with a few rows in every mart of the contract. Read it; change only copies."""
    return write_warehouse(tmp_path_factory.mktemp("warehouse") / "good.duckdb")


@pytest.fixture(scope="session")
def good_build(tmp_path_factory):
    """A build database with two landed streams. Read it; change only copies."""
    return write_build(tmp_path_factory.mktemp("build") / "good.duckdb")


@pytest.fixture
def warehouse(good_warehouse, tmp_path):
    """A warehouse that a test may spoil."""
    return Path(shutil.copyfile(good_warehouse, tmp_path / "warehouse.duckdb"))


@pytest.fixture
def build(good_build, tmp_path):
    """A build database that a test may spoil."""
    return Path(shutil.copyfile(good_build, tmp_path / "build.duckdb"))
