"""Which of the known systems a company has, and what each of them is asked to export."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from connectors.spec import ExportSpec

GUIDE_NAME = "exports.md"
SHOWN_FIELDS = 8


class UnknownSystem(Exception):
    """A system that no vendor stands for; the text names what comes nearest."""


def vendors_by_kind(specs: Mapping[str, ExportSpec]) -> dict[str, list[str]]:
    """Vendors under the kind of source that they feed first."""
    kinds: dict[str, list[str]] = {}
    placed: set[str] = set()
    for spec in specs.values():
        if spec.vendor not in placed:
            placed.add(spec.vendor)
            kinds.setdefault(spec.kind, []).append(spec.vendor)
    return {kind: sorted(vendors) for kind, vendors in sorted(kinds.items())}


def chosen_vendors(said: Sequence[str], specs: Mapping[str, ExportSpec]) -> list[str]:
    """The vendors that are meant by names as people write them; all of them where nothing is said.

    Raises:
        UnknownSystem: a name is none of them.
    """
    known = sorted({spec.vendor for spec in specs.values()})
    words = [word.strip() for entry in said for word in entry.split(",") if word.strip()]
    chosen = []
    for word in words:
        name = re.sub(r"\W+", "_", word.lower()).strip("_")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"Nearest: {', '.join(near)}." if near else f"Known are {', '.join(known)}."
            raise UnknownSystem(f"No known system is called {word!r}. {hint} Anything else is declared in earshot.toml.")
        chosen.append(name)
    return sorted(set(chosen)) or known


def exports_guide(vendors: Sequence[str], specs: Mapping[str, ExportSpec]) -> str:
    """What to export from each system and where to put it, in Markdown."""
    lines = ["# What to export", "", "`earshot check FILE` says of any file what it is taken for, and what it lacks."]
    for vendor in vendors:
        lines += ["", f"## {vendor}: into `inbox/{vendor}/`", ""]
        for spec in specs.values():
            if spec.vendor == vendor:
                lines += [f"- **{spec.stream}** ({', '.join(spec.formats)}): {spec.description}", f"  {_columns(spec)}"]
    return "\n".join(lines) + "\n"


def _columns(spec: ExportSpec) -> str:
    needed = [f"`{field.candidates[0]}`" for field in spec.fields if field.required]
    others = [f"`{field.candidates[0]}`" for field in spec.fields if not field.required][:SHOWN_FIELDS]
    return f"Needs {', '.join(needed) or 'no column in particular'}; reads also {', '.join(others) or 'nothing'}."
