"""Protection: what may be stored is stored, and nothing else, whatever the batch holds."""

import hashlib
import json
import re
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.registry import load_specs
from connectors.rejects import REJECTS
from connectors.spec import ExportSpec, Field
from insights.redact import Redactor
from orchestration.protect import LONGEST_FINDING, NOT_SHOWN, Protector, _domain, stored_schema

SALT = "5a17" * 8
SPEC = ExportSpec(
    vendor="acme",
    stream="note",
    kind="support",
    description="A note.",
    reference="made here",
    formats=("ndjson",),
    files=("*",),
    key=("id",),
    cursor="at",
    text=("title", "body"),
    tombstone=("state", ("Deleted", "gone")),
    ignored=("internal_*",),
    fields=(
        Field("id", "string", "Id", required=True),
        Field("at", "timestamp", "When"),
        Field("state", "string", "State"),
        Field("email", "string", "Address", personal="email"),
        Field("user_id", "string", "User", personal="identifier"),
        Field("name", "string", "Name", ("person.name",), personal="withheld"),
        Field("title", "string", "Headline", personal="text"),
        Field("body", "string", "Words", personal="text"),
        Field("properties", "json", "Properties", personal="text"),
        Field("tags", "json", "Tags"),
    ),
)


@pytest.fixture(scope="module")
def protector():
    return Protector(SALT, Redactor())


def batch(*rows):
    return pa.RecordBatch.from_pylist(list(rows), schema=SPEC.arrow_schema())


def key_of(address):
    return hashlib.sha256((SALT + address).encode()).hexdigest()


def test_columns_are_those_of_the_spec(protector):
    stored = protector.rows(SPEC, batch({"id": "1", "_line": 7}))
    assert stored.schema == stored_schema(SPEC)
    assert stored.schema.names == [*(n for n, _, _ in SPEC.stored_columns()), "_extra", "_deleted", "_line"]
    assert "name" not in stored.schema.names
    assert stored.column("_line").to_pylist() == [7]


@pytest.mark.parametrize("spec", load_specs().values(), ids=lambda spec: spec.table)
def test_every_declared_stream_can_be_protected(protector, spec):
    empty = pa.RecordBatch.from_pylist([], schema=spec.arrow_schema())
    nulls = pa.RecordBatch.from_arrays([pa.nulls(3, f.type) for f in spec.arrow_schema()], schema=spec.arrow_schema())
    assert protector.rows(spec, empty).num_rows == 0
    assert protector.rows(spec, nulls).num_rows == 3


@pytest.mark.parametrize(
    ("given_address", "canonical", "domain"),
    [
        ("jane@example.com", "jane@example.com", "example.com"),
        ("  Jane@Example.COM\t", "jane@example.com", "example.com"),
        ("Jane Doe <Jane@example.com>", "jane@example.com", "example.com"),
        ("mailto:jane@example.com", "jane@example.com", "example.com"),
        ("jane@sub.example.co.uk.", "jane@sub.example.co.uk.", "sub.example.co.uk"),
        ("jürgen@münchen.de", "jürgen@münchen.de", "münchen.de"),
        ("unknown", "unknown", None),
    ],
)
def test_addresses_become_a_key_and_a_domain(protector, given_address, canonical, domain):
    stored = protector.rows(SPEC, batch({"id": "1", "email": given_address})).to_pylist()[0]
    assert (stored["email_key"], stored["email_domain"]) == (key_of(canonical), domain)


def test_no_address_gives_no_key(protector):
    stored = protector.rows(SPEC, batch({"id": "1", "email": None}, {"id": "2", "email": "  "})).to_pylist()
    assert [(r["email_key"], r["email_domain"]) for r in stored] == [(None, None), (None, None)]


def test_the_salt_decides_the_key():
    row = batch({"id": "1", "email": "jane@example.com"})
    first, second = (Protector(salt, Redactor()).rows(SPEC, row).column("email_key")[0].as_py() for salt in ("a", "b"))
    assert first != second
    assert first == hashlib.sha256(b"ajane@example.com").hexdigest()
    assert "hunter2" not in repr(Protector("hunter2", Redactor()))


def test_identifiers_are_hashed_only_where_they_name_a_person(protector):
    given_ids = ["u-17", "Jane@Example.com", "auth0|jane@example.com", None, "@handle"]
    stored = protector.rows(SPEC, batch(*({"id": "1", "user_id": i} for i in given_ids))).to_pylist()
    assert [r["user_id"] for r in stored] == [
        "u-17",
        key_of("jane@example.com"),
        key_of("auth0|jane@example.com"),
        None,
        "@handle",
    ]
    assert [r["user_id_domain"] for r in stored] == [None, "example.com", "example.com", None, None]


def test_an_identifier_and_an_address_of_one_person_meet(protector):
    stored = protector.rows(SPEC, batch({"id": "1", "user_id": "jane@example.com", "email": "JANE@example.com"}))
    assert stored.column("user_id") == stored.column("email_key")


def test_text_json_and_extra_are_redacted_and_json_stays_json(protector):
    properties = {"note": "mail \n jane@example.com", "phone": "+49 171 2345678", "plan": "pro", "n": 3}
    stored = protector.rows(
        SPEC,
        batch(
            {
                "id": "1",
                "title": "From jane@example.com",
                "body": "call +49 171 2345678",
                "properties": json.dumps(properties),
                "_extra": '{"cc":"bob@example.com"}',
            }
        ),
    ).to_pylist()[0]
    assert stored["title"] == "From [EMAIL]"
    assert stored["body"] == "call [PHONE]"
    assert json.loads(stored["properties"]) == {"note": "mail \n [EMAIL]", "phone": "[PHONE]", "plan": "pro", "n": 3}
    assert json.loads(stored["_extra"]) == {"cc": "[EMAIL]"}
    assert stored["_text"] == "From [EMAIL]\n\ncall [PHONE]"
    assert stored["_text_sha256"] == hashlib.sha256(stored["_text"].encode()).hexdigest()


@pytest.mark.parametrize(
    ("title", "body", "text"),
    [
        ("a", "b", "a\n\nb"),
        ("a", None, "a"),
        (None, "b", "b"),
        ("  ", "b", "b"),
        ("a", "\n", "a"),
        (None, None, None),
        (" ", "", None),
        ("é 🎉", "b", "é 🎉\n\nb"),
    ],
)
def test_own_words_are_the_non_empty_texts(protector, title, body, text):
    # A second row keeps the alignment of rows in sight.
    rows = protector.rows(SPEC, batch({"id": "1", "title": title, "body": body}, {"id": "2", "title": "x"})).to_pylist()
    expected = hashlib.sha256(text.encode()).hexdigest() if text else None
    assert (rows[0]["_text"], rows[0]["_text_sha256"]) == (text, expected)
    assert rows[1]["_text"] == "x"


def test_tombstones_mark_without_dropping(protector):
    rows = [{"id": str(i), "state": state} for i, state in enumerate(["open", "deleted", "GONE", None])]
    assert protector.rows(SPEC, batch(*rows)).column("_deleted").to_pylist() == [False, True, True, False]


def test_boolean_tombstones(protector):
    spec = load_specs()["zendesk__user"]
    rows = [{"id": str(i), "active": active} for i, active in enumerate([True, False, None])]
    given_rows = pa.RecordBatch.from_pylist(rows, schema=spec.arrow_schema())
    assert protector.rows(spec, given_rows).column("_deleted").to_pylist() == [False, True, False]


words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12) | st.none()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(words, words, st.sampled_from(["jane@example.com", "u1", None, "mail bob@example.org now"])), max_size=6)
)
def test_rows_are_independent_of_their_neighbours(rows):
    protector = Protector(SALT, Redactor())
    made = [
        {"id": str(i), "title": a, "body": b, "user_id": c, "email": c, "_extra": json.dumps({"x": b}), "_line": i}
        for i, (a, b, c) in enumerate(rows)
    ]
    together = protector.rows(SPEC, batch(*made)).to_pylist()
    alone = [protector.rows(SPEC, batch(row)).to_pylist()[0] for row in made]
    assert together == alone
    repeated = protector.rows(SPEC, batch(*made * 5)).to_pylist()
    assert repeated == alone * 5, "many equal values take the way over distinct ones"
    assert "jane" not in repr(together)


def rejects(*rows):
    columns = zip(*rows, strict=True)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, REJECTS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=REJECTS)


PLAIN = load_specs()["zendesk__organization"]


def test_rejects_are_redacted_and_cut(protector):
    given_rows = rejects(
        (3, 'column "x": "jane@example.com" is not an integer', "jane@example.com," + "é" * 600), (9, "empty", None)
    )
    assert not PLAIN.ignored
    stored = protector.rejects(PLAIN, given_rows).to_pylist()
    assert stored[0]["_reason"] == 'column "x": "[EMAIL]" is not an integer'
    assert stored[0]["_raw"] == "[EMAIL]," + "é" * 492
    assert stored[1] == {"_line": 9, "_reason": "empty", "_raw": None}


@pytest.mark.parametrize("shift", range(0, LONGEST_FINDING, 40))
def test_cutting_never_bares_half_an_address(protector, shift):
    address = "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".example"
    raw = "x" * shift + " " + f"{address} " * 40
    stored = protector.rejects(PLAIN, rejects((1, "r", raw))).to_pylist()[0]["_raw"]
    assert "aaaa" not in stored
    assert "bbbb" not in stored


def test_a_huge_raw_row_costs_little(protector):
    stored = protector.rejects(PLAIN, rejects((1, "too large", "jane@example.com " * 3_000_000))).to_pylist()
    assert len(stored[0]["_raw"]) == 500


def test_rejects_never_show_columns_that_are_never_stored(protector):
    record = {"id": 1, "Name": "Jane Doe", "person": {"name": "Jane Doe", "team": "ops"}, "internal_note": "x", "score": "33"}
    stored = protector.rejects(
        SPEC,
        rejects((1, "bad", json.dumps(record)), (2, "wide", "1,Jane Doe,33,44"), (3, "cut", '{"name":"Jane'), (4, "", None)),
    ).to_pylist()
    assert json.loads(stored[0]["_raw"]) == {"id": 1, "person": {"team": "ops"}, "score": "33"}
    assert [row["_raw"] for row in stored[1:]] == [NOT_SHOWN, NOT_SHOWN, None]


def test_timestamps_pass_unchanged(protector):
    at = datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert protector.rows(SPEC, batch({"id": "1", "at": at})).column("at").to_pylist() == [at]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.none() | st.text(alphabet="a@.<>,;: \n\t|'\"()ä", max_size=9), max_size=5))
def test_domain_is_what_stands_behind_the_last_at(addresses):
    def plainly(address):
        _, at, behind = (address or "").rpartition("@")
        domain = re.split(r"""[ \t\n|:;,'"()<>]""", behind)[0].rstrip(".") if at else ""
        return domain or None

    assert _domain(pa.array(addresses, pa.string())).to_pylist() == [plainly(address) for address in addresses]
