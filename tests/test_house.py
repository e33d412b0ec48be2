"""The layout of the house: which package may import which, and that names stay where a stranger looks for them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("connectors", "insights", "data_quality", "demo", "dashboards", "orchestration")
MAY_IMPORT = {
    "connectors": set(),
    "insights": set(),
    "data_quality": set(),
    "demo": set(),
    "dashboards": set(),
    "orchestration": {"connectors", "insights", "data_quality", "demo", "dashboards"},
}


def modules():
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imported_packages(source: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names & set(PACKAGES)


def test_the_arrow_finder_sees_nested_and_plain_imports():
    source = "import connectors.spec\ndef f():\n    from orchestration.cli import app\n"
    assert imported_packages(source) == {"connectors", "orchestration"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    package = path.relative_to(ROOT).parts[0]
    upward = imported_packages(path.read_text("utf-8")) - {package} - MAY_IMPORT[package]
    assert not upward, f"{path} must not import {sorted(upward)}"


def _package_graph(package: str) -> dict[str, set[str]]:
    """Module → modules of the same package that it imports, inside functions too: a late circle is one."""
    graph: dict[str, set[str]] = {}
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / package).rglob("*.py")}
    for name in names:
        tree = ast.parse((ROOT / (name.replace(".", "/") + ".py")).read_text("utf-8"))
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
        graph[name] = found & names
    return graph


def _cycle(graph: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def visit(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for following in sorted(graph[node]):
            if circle := visit(following, [*path, node]):
                return circle
        done.add(node)
        return []

    for start in sorted(graph):
        if circle := visit(start, []):
            return circle
    return []


def test_a_circle_would_be_found():
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_in_a_circle(package):
    assert _cycle(_package_graph(package)) == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_starts_with_its_charter(path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{path} has no docstring"


@pytest.mark.parametrize("package", [p for p in PACKAGES if any((ROOT / p).rglob("*.py"))])
def test_each_package_says_what_belongs_there(package):
    assert (ROOT / package / "README.md").is_file()


def _reads_environment(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in ("environ", "getenv")
        for node in ast.walk(tree)
    )


def test_the_environment_is_read_in_one_place():
    readers = {str(path.relative_to(ROOT)) for path in modules() if _reads_environment(ast.parse(path.read_text("utf-8")))}
    assert "orchestration/settings.py" in readers
    # The command line only hands the finished environment to child processes; the gate only switches telemetry off.
    assert readers <= {"orchestration/settings.py", "orchestration/cli.py", "data_quality/gate.py", "data_quality/report.py"}


def test_no_package_markers():
    found = [path for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("__init__.py")]
    assert found == []
