"""Every shipped vendor through the conformance kit, and the kit itself shown to fail where it should."""

import dataclasses
import json
from pathlib import Path

import pytest

from connectors.registry import load_specs
from connectors.spec import ExportSpec, Field
from connectors.testing import ConformanceError, conformance_cases, conformance_test

FIXTURES = Path(__file__).parents[1] / "fixtures" / "exports"

test_shipped_vendors = conformance_test(load_specs().values(), FIXTURES)

SPEC = ExportSpec(
    vendor="acme",
    stream="answer",
    kind="nps",
    description="One answer.",
    reference="made for this test",
    formats=("csv", "json", "ndjson"),
    files=("*answer*",),
    key=("id",),
    event_time="at",
    text=("words",),
    fields=(
        Field("id", "string", "Id", required=True),
        Field("at", "timestamp", "When", required=True),
        Field("score", "integer", "Score", minimum=0, maximum=10),
        Field("words", "string", "Words", personal="text"),
    ),
)
ROWS = [
    {"id": "1", "at": "2025-03-01", "score": "9", "words": "fine, thanks"},
    {"id": "2", "at": "2025-03-02", "score": "4", "words": ""},
]


def outcome(tmp_path, spec, rows=ROWS, siblings=()) -> dict[str, str]:
    """What each check says about a fixture with these rows; only those that fail."""
    folder = tmp_path / "acme"
    folder.mkdir(exist_ok=True)
    (folder / "answer.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    failed = {}
    for case in conformance_cases((spec, *siblings), tmp_path):
        if case.spec is spec:
            try:
                case.run()
            except ConformanceError as error:
                failed[case.name] = str(error)
    return failed


def test_a_sound_vendor_passes(tmp_path):
    assert outcome(tmp_path, SPEC) == {}


def test_a_stream_without_fixture_fails(tmp_path):
    (case,) = conformance_cases([SPEC], tmp_path)
    with pytest.raises(ConformanceError, match="answer has no fixture"):
        case.run()


def test_a_sibling_that_looks_alike_fails(tmp_path):
    twin = dataclasses.replace(
        SPEC,
        stream="copy",
        fields=(*SPEC.fields[:3], Field("words", "string", "Words"), Field("more", "string", "More", ("words",))),
    )
    assert "taken for another stream" in outcome(tmp_path, SPEC, siblings=(twin,))["recognised"]


def test_a_fixture_without_required_values_fails(tmp_path):
    failed = outcome(tmp_path, SPEC, [{**ROWS[0], "at": "someday"}])
    assert "no row came out" in failed["balanced"]


def test_a_text_that_no_fixture_row_has_fails(tmp_path):
    failed = outcome(tmp_path, SPEC, [{**row, "words": ""} for row in ROWS])
    assert "no row has a value of words" in failed["typed"]


def test_a_required_field_that_another_column_stands_in_for_fails(tmp_path):
    """The kit takes away what carries the field; a pattern then must not pick up something else."""
    loose = dataclasses.replace(
        SPEC,
        fields=(
            SPEC.fields[0],
            SPEC.fields[1],
            SPEC.fields[3],
            dataclasses.replace(SPEC.fields[2], required=True, pattern="zw"),
        ),
    )
    rows = [{**row, "zw": "5"} for row in ROWS]
    assert "still taken for answer without score" in outcome(tmp_path, loose, rows)["missing_required"]
