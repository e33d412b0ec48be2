"""Every message that a command ends with says what to do, or what would have been right."""

import ast
import re
from pathlib import Path

from orchestration import settings

FOLDER = Path(settings.__file__).parent
# Classes whose text is shown to whoever called a command.
SHOWN = {"QueryProblem", "BackupError", "ErasureError", "ThemeProblem", "NoKit", "NoDocs", "DigestProblem", "complain"}
REMEDY = re.compile(
    r"\b(call|take|name|add|make|move|set|correct|remove|deliver|write|use|say|filter|is one of|it takes|there are some for|"
    r"mend|publish|wait|select|shows? (all|the|what)|says why|is a whole number|is said as|ask for|try again|check|takes a)\b|"
    r"`earshot |(known|named are): |there is no --part|has a digest\. ",
    re.IGNORECASE,
)


def messages():
    """Place and fixed words of each message that is written out where it is raised."""
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHOWN and node.args:
                parts = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
                words = " … ".join(part for part in parts if isinstance(part, str))
                if isinstance(node.args[0], ast.Constant | ast.JoinedStr):
                    yield f"{path.relative_to(FOLDER)}:{node.lineno}", words


def test_messages_say_what_to_do():
    found = dict(messages())
    assert len(found) > 50
    assert {place: words for place, words in found.items() if not REMEDY.search(words)} == {}
    assert not REMEDY.search("the file is damaged")
