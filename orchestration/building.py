"""Builds the dbt models that have to be built, in a process of its own that starts dbt once, parses nothing and tests nothing.

`python -m orchestration.building` reads a request from its standard input, a JSON object, and tells of each model in one line
of JSON on its standard output, in an order in which every model stands after those that it reads. A model whose inputs came out
as they were is left alone by the process itself, so that a change ends where it changes nothing any more.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from orchestration.rebuilds import Built, Model, Rebuilds, content_query

# What of the manifest is part of a build, and what else it has.
BUILT_TYPES = ("model", "seed")
UNNEEDED = ("exposures", "files", "metrics", "saved_queries", "semantic_models", "unit_tests")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be built.

    Attributes:
        models: all of them.
        manifest: what dbt has parsed, as it keeps it for itself.
        project: folder of the dbt project.
        target_path: where dbt writes what it compiles.
        target: target of the profile.
        variables: variables of the project.
        sources: hash of the content of each source, by key.
        world: hash of what every model depends on.
        known: what is known of each model that was built, by key.
        present: keys of the models whose relation is there.
        chosen: keys of the only models to build, whatever is known of them; None for what has to be.
    """

    models: Sequence[Model]
    manifest: str
    project: str
    target_path: str
    target: str
    variables: Mapping[str, Any]
    sources: Mapping[str, str]
    world: str
    known: Mapping[str, Built]
    present: Sequence[str]
    chosen: Sequence[str] | None

    def to_json(self) -> str:
        """As the process reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def of_json(cls, text: str) -> Request:
        """What `to_json` has written."""
        fields = json.loads(text)
        fields["models"] = [Model(**{**model, "parents": tuple(model["parents"])}) for model in fields["models"]]
        fields["known"] = {key: Built(**built) for key, built in fields["known"].items()}
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the process: how a model ended.

    Attributes:
        key: dbt's unique id.
        built: whether it was built; else it was left alone.
        seconds: how long that took.
        of: hash of what it was built of.
        content: hash of its rows.
        error: why it could not be built.
    """

    key: str
    built: bool
    seconds: float = 0.0
    of: str = ""
    content: str = ""
    error: str = ""


class _Builder:
    """Stands between dbt and its runners: asks what has to be built, and tells what was."""

    def __init__(self, request: Request, rebuilds: Rebuilds, lines: TextIO) -> None:
        self._chosen = None if request.chosen is None else frozenset(request.chosen)
        self._rebuilds = rebuilds
        self._lines = lines

    def runners(self, kind: Callable[..., Any]) -> Callable[..., Any]:
        """Runners as dbt makes them, that run only where a model has to be built."""

        def make(*arguments: Any) -> Any:
            runner = kind(*arguments)
            run = runner.run_with_hooks
            runner.run_with_hooks = lambda manifest: self._settle(runner, lambda: run(manifest))
            return runner

        return make

    def _settle(self, runner: Any, run: Callable[[], Any]) -> Any:
        key = runner.node.unique_id
        # dbt itself leaves out what stands below a failure.
        if not runner.skip and not self._has_to_be_built(key):
            if self._chosen is None:
                self._rebuilds.left_alone(key)
                self._tell(key, built=False)
            return runner._build_run_result(runner.node, time.time(), "success", [], "left alone")
        result = run()
        if result.status != "success":
            self._write(Told(key, built=False, error=_first_line(result.message) or str(result.status)))
        elif self._chosen is None:
            self._rebuilds.built(key, self._content(runner))
            self._tell(key, built=True, seconds=result.execution_time)
        else:
            self._write(Told(key, built=True, seconds=result.execution_time))
        return result

    def _has_to_be_built(self, key: str) -> bool:
        return self._rebuilds.is_stale(key) if self._chosen is None else key in self._chosen

    def _content(self, runner: Any) -> str:
        if self._rebuilds.models[runner.node.unique_id].is_view:
            return ""
        with runner.adapter.connection_named(runner.node.unique_id):
            _, answer = runner.adapter.execute(content_query(runner.node.relation_name), fetch=True)
        return repr([str(value) for value in answer.rows[0]])

    def _tell(self, key: str, *, built: bool, seconds: float = 0.0) -> None:
        settled = self._rebuilds.settled()[key]
        self._write(Told(key, built, seconds, settled.of, settled.content))

    def _write(self, told: Told) -> None:
        self._lines.write(json.dumps(asdict(told)) + "\n")
        self._lines.flush()


def _first_line(message: object) -> str:
    return (str(message or "").strip().splitlines() or [""])[0]


def _manifest(path: Path) -> Any:
    """What dbt has parsed, without what a build does not need: the fewer nodes, the sooner dbt has read and linked them."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    def needed(packed: bytes) -> dict[str, Any]:
        parsed: dict[str, Any] = extended_mashumuro_decoder(packed)
        nodes = {key: node for key, node in parsed["nodes"].items() if node["resource_type"] in BUILT_TYPES}
        return {**parsed, "nodes": nodes, **{unneeded: {} for unneeded in UNNEEDED}}

    return Manifest.from_msgpack(path.read_bytes(), decoder=needed)


def build(request: Request, lines: TextIO) -> bool:
    """Builds what has to be built.

    Args:
        request: what that is.
        lines: told of each model.

    Returns:
        Whether all went well.
    """
    from dbt.cli.main import dbtRunner
    from dbt.node_types import NodeType
    from dbt.task.build import BuildTask

    manifest = _manifest(Path(request.manifest))
    rebuilds = Rebuilds(request.models, request.sources, request.world, request.known, request.present)
    builder = _Builder(request, rebuilds, lines)
    for kind in (NodeType.Model, NodeType.Seed):
        BuildTask.RUNNER_MAP[kind] = builder.runners(BuildTask.RUNNER_MAP[kind])
    logs = ["--log-level", "none", "--log-level-file", "info", "--log-path", request.target_path]
    places = ["--project-dir", request.project, "--profiles-dir", request.project, "--target-path", request.target_path]
    outcome = dbtRunner(manifest).invoke(
        [*logs, "build", "--no-write-json", *places, "--target", request.target, "--vars", json.dumps(request.variables)]
    )
    if outcome.exception is not None:
        raise outcome.exception
    return bool(outcome.success)


def main() -> int:
    """Reads the request and builds; what Python models print does not come between the lines."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as lines:
        os.dup2(2, 1)
        return 0 if build(Request.of_json(sys.stdin.read()), lines) else 1


if __name__ == "__main__":
    sys.exit(main())
