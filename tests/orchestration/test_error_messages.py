"""Every message that a command ends with says what to do, or what would have been right."""

import ast
import re
from pathlib import Path

import pytest

from orchestration import settings

FOLDER = Path(settings.__file__).parent
ROOT = FOLDER.parent
# Classes whose text is shown to whoever called a command.
SHOWN = {"QueryProblem", "BackupError", "ErasureError", "ThemeProblem", "NoKit", "NoDocs", "DigestProblem", "complain"}
REMEDY = re.compile(
    r"\b(call|take|name|add|make|move|set|correct|remove|deliver|write|use|say|filter|is one of|it takes|there are some for|"
    r"mend|publish|wait|select|shows? (all|the|what)|says why|is a whole number|is said as|ask for|try again|check|takes a)\b|"
    r"lists the tables|`earshot |(known|named are): |there is no --part|has a digest\. ",
    re.IGNORECASE,
)


# What the packages below say of a file, a setting or a database; which argument holds the text.
SHOWN_BELOW = {
    "ExportRejected": 1,
    "ConfigurationError": 0,
    "RefusedError": 0,
    "GateError": 0,
    "DiscoveryError": 0,
    "Problem": 3,
}
REMEDY_BELOW = re.compile(
    rf"{REMEDY.pattern}|\b(split|save|export|keep|expected|list|connect|see that|brings|keys are in|as CSV|quotes)\b|"
    r"\b(give|rename|choose)\b",
    re.IGNORECASE,
)
# A mistake of whoever writes a spec or calls the package, or what another system answered in its own words.
FOR_DEVELOPERS = ("SPECS holds", "API is", "no suites were given", "the server answered")


def messages(folder, shown):
    """Place and fixed words of each message that is written out where it is raised."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in shown:
                continue
            place = shown[node.func.id]
            if len(node.args) > place and isinstance(node.args[place], ast.Constant | ast.JoinedStr):
                parts = [part.value for part in ast.walk(node.args[place]) if isinstance(part, ast.Constant)]
                yield f"{path.relative_to(folder)}:{node.lineno}", " … ".join(part for part in parts if isinstance(part, str))


@pytest.mark.parametrize("package", ["connectors", "insights", "data_quality"])
def test_messages_of_the_packages_below_say_what_to_do(package):
    found = dict(messages(ROOT / package, SHOWN_BELOW))
    assert len(found) > 4
    # Of some the words are put together elsewhere, by what has happened.
    silent = {place: words for place, words in found.items() if re.search(r"\w", words) and not REMEDY_BELOW.search(words)}
    assert {place: words for place, words in silent.items() if not any(one in words for one in FOR_DEVELOPERS)} == {}


def test_messages_say_what_to_do():
    found = dict(messages(FOLDER, dict.fromkeys(SHOWN, 0)))
    assert len(found) > 50
    assert {place: words for place, words in found.items() if not REMEDY.search(words)} == {}
    assert not REMEDY.search("the file is damaged")
