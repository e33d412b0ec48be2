"""A draft from a sample reads the sample: types, keys, words and personal data as a person would have declared them."""

import json

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.errors import ExportRejected
from connectors.infer import infer, python_source, read_sample
from connectors.testing import conformance_cases
from connectors.vendors import hubspot

CSV = """Ticket ID;Opened At;Last Updated;Customer Email;Contact Name;Zip;Order;Score;Paid;Amount;Day;Message
T-1;03/01/2025 10:00;2025-03-02 10:00:00;a@acme.example;Ann;01234;7;9;yes;10.50;2025-03-01;"The export is broken; again"
T-2;03/01/2025 11:00;2025-03-02T11:00:00Z;b@beta.example;Ben;81234;8;3;no;.5;2025-03-02;Nobody answers the phone at night
T-3;03/02/2025 11:00;2025-03-03;;;00001;9;;;;;
"""
RECORDS = [
    {
        "id": i,
        "created": 1_741_000_000 + i,
        "who": {"mail": f"u{i}@acme.example", "plan": "team"},
        "tags": ["a"],
        "body": "one two three four",
    }
    for i in range(4)
]


def drafted(path, stream="thing"):
    return infer(read_sample(path), "acme", stream, "support")


def kinds(spec):
    return {f.name: (f.type, f.personal) for f in spec.fields}


def test_a_table_is_understood(deliver):
    spec = drafted(deliver(CSV))
    assert (spec.key, spec.cursor, spec.event_time, spec.text) == (("ticket_id",), "last_updated", "opened_at", ("message",))
    assert kinds(spec) == {
        "ticket_id": ("string", None),
        "opened_at": ("timestamp", None),
        "last_updated": ("timestamp", None),
        "customer_email": ("string", "email"),
        "contact_name": ("string", "withheld"),
        # Zeros in front: a code, not a number.
        "zip": ("string", None),
        "order": ("integer", None),
        "score": ("integer", None),
        "paid": ("boolean", None),
        "amount": ("number", None),
        "day": ("date", None),
        "message": ("string", "text"),
    }
    assert spec.by_name["opened_at"].formats == ("%m/%d/%Y %H:%M",)


@pytest.mark.parametrize(
    ("days", "form"),
    [
        (("05/03/2025 10:15", "13/03/2025 09:00"), "%d/%m/%Y %H:%M"),
        (("05/03/2025 10:15", "05/13/2025 09:00"), "%m/%d/%Y %H:%M"),
        (("5/3/2025 1:15 PM", "6/3/2025 9:00 AM"), "%m/%d/%Y %I:%M %p"),
        (("05.03.2025", "31.12.2025"), "%d.%m.%Y"),
        (("05/03/2025", "31/12/2025", "12/31/2025"), None),
    ],
)
def test_a_day_is_no_month(days, form, deliver):
    rows = "".join(f"T-{n};{day};it is slow every day\n" for n, day in enumerate(days))
    spec = drafted(deliver("Ticket ID;Opened;Message\n" + rows))
    opened = spec.by_name["opened"]
    assert (opened.type, opened.formats) == (("timestamp", (form,)) if form else ("string", ()))


def files(deliver, tmp_path):
    pq.write_table(pa.Table.from_pylist([{**r, "who": json.dumps(r["who"])} for r in RECORDS]), tmp_path / "s.parquet")
    schema = {
        "type": "record",
        "name": "R",
        "fields": [{"name": "id", "type": "string"}, {"name": "at", "type": "string"}, {"name": "body", "type": "string"}],
    }
    with (tmp_path / "s.avro").open("wb") as file:
        fastavro.writer(file, schema, [{"id": f"i{n}", "at": "2025-03-01", "body": "one two three four"} for n in range(3)])
    return {
        "csv": deliver(CSV, "s.csv"),
        "json": deliver(json.dumps({"next": None, "things": RECORDS}), "s.json"),
        "array": deliver(json.dumps(RECORDS), "array.json"),
        "ndjson": deliver("".join(json.dumps(r) + "\n" for r in RECORDS), "s.ndjson"),
        "parquet": tmp_path / "s.parquet",
        "avro": tmp_path / "s.avro",
        "markdown": deliver("---\nid: n1\ndate: 2025-03-01\n---\nThey print every single page.\n", "s.md"),
        "without id": deliver("Day,Remark\n2025-03-01,one two three four\n2025-03-01,one two three four\n", "n.csv"),
    }


@pytest.mark.parametrize("form", ["csv", "json", "array", "ndjson", "parquet", "avro", "markdown", "without id"])
def test_a_draft_passes_the_conformance_kit_on_its_own_sample(deliver, tmp_path, form):
    sample = files(deliver, tmp_path)[form]
    spec = drafted(sample)
    folder = tmp_path / "fixtures" / "acme"
    folder.mkdir(parents=True)
    (folder / f"thing{sample.suffix}").write_bytes(sample.read_bytes())
    cases = conformance_cases([spec], tmp_path / "fixtures")
    assert len(cases) > 3
    for case in cases:
        case.run()


def test_the_module_says_what_was_inferred(deliver, tmp_path):
    for form, sample in files(deliver, tmp_path).items():
        spec = drafted(sample)
        space: dict[str, object] = {}
        exec(python_source(spec, "Made here"), space)  # noqa: S102 - our own text
        assert space["SPECS"] == (spec,), form


def test_members_of_objects_and_envelopes_are_found(deliver, tmp_path):
    spec = drafted(files(deliver, tmp_path)["json"])
    assert spec.envelopes == ("things",)
    assert spec.by_name["who_mail"].sources == ("who.mail",)
    assert spec.by_name["who_mail"].personal == "email"
    assert (spec.by_name["created"].type, spec.by_name["created"].epoch) == ("timestamp", "auto")
    assert spec.by_name["tags"].type == "json"


def test_records_without_an_id_are_known_by_their_content(deliver, tmp_path):
    spec = drafted(files(deliver, tmp_path)["without id"])
    assert (spec.key, spec.surrogate_key) == (("record_id",), True)


def test_a_case_number_identifies_where_no_id_does(deliver):
    cases = drafted(deliver("Case Number,Phone Number,Subject\nC-1,11,a\nC-2,12,b\n"))
    assert (cases.key, cases.surrogate_key) == (("case_number",), False)
    with_id = drafted(deliver("Case Number,Id,Subject\nC-1,x,a\nC-2,y,b\n", "with_id.csv"))
    assert with_id.key == ("id",)
    for content in ("Case Number,Subject\nC-1,a\nC-1,b\n", "Phone Number,Subject\n11,a\n12,b\n"):
        assert drafted(deliver(content, "unsure.csv")).surrogate_key


def test_headers_that_are_alike_or_no_names_get_names(deliver):
    spec = drafted(deliver("ID,Größe,größe!,2nd\n1,a,b,c\n2,d,e,f\n"))
    assert [f.name for f in spec.fields] == ["id", "gr_e", "gr_e_2", "n2nd"]


@pytest.mark.parametrize("content", ["a,b\n", "[]", "[1, 2]", "{broken\n"])
def test_a_sample_without_records_is_refused(deliver, content):
    with pytest.raises(ExportRejected):
        read_sample(deliver(content))


def test_a_known_vendor_is_drafted_much_as_it_was_written(deliver):
    """The draft of a real shape finds the same key and the same personal data as the spec that people wrote."""
    text = "Record ID,First Name,Last Name,Email,Phone Number,Create Date\n1,Ada,B,a@b.example,+49,2025-01-01 10:00\n"
    spec = drafted(deliver(text + "2,Jo,K,j@k.example,,2025-01-02 10:00\n"))
    written = hubspot.CONTACT
    assert spec.key == ("record_id",)
    assert spec.by_name["email"].personal == written.by_name["email"].personal
    assert spec.by_name["last_name"].personal == written.by_name["last_name"].personal
