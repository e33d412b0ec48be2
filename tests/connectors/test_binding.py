"""Columns find their fields by name alone, in a fixed order of preference."""

import pytest

from connectors.binding import bind, columns_of, is_ignored, normalised
from connectors.errors import ConfigurationError
from connectors.registry import load_specs
from connectors.spec import ExportSpec, Field


def spec(*fields: Field, **more) -> ExportSpec:
    declared = (Field("id", "string", "Id", required=True), *fields)
    plain = {
        "vendor": "acme",
        "stream": "s",
        "kind": "nps",
        "description": "",
        "reference": "",
        "formats": ("csv",),
        "files": (),
        "key": ("id",),
    }
    return ExportSpec(fields=declared, **{**plain, **more})


def carriers(of: ExportSpec, header: list[str], mapping=None, **more) -> dict[str, list[str]]:
    bound = bind(of, columns_of(header, **more), mapping).fields
    return {name: [c.title for c in columns] for name, columns in bound.items() if columns}


@pytest.mark.parametrize(
    ("one", "other"),
    [("NumberOfEmployees", "number_of_employees"), ("$insert_id", "_insert_id"), ("E-Mail", "email"), ("ÉTAT", "état")],
)
def test_names_are_compared_without_case_and_punctuation(one, other):
    assert normalised(one) == normalised(other) != ""


def test_a_header_without_letters_binds_to_nothing():
    assert carriers(spec(Field("number", "string", "", ("#",))), ["id", "#", "%"]) == {"id": ["id"], "number": ["#"]}
    assert carriers(spec(Field("number", "string", "", ("?",))), ["id", "#"]) == {"id": ["id"]}


def test_exact_names_come_before_similar_ones_and_both_serve():
    s = spec(Field("email", "string", "", ("Email", "Person Email")))
    assert carriers(s, ["e_mail", "Person Email", "ID", "Email"])["email"] == ["Email", "Person Email", "e_mail"]


def test_a_column_taken_by_its_exact_name_is_not_offered_to_another_field():
    s = spec(Field("person", "string", "", ("Person",)), Field("person_id", "string", "", ("PERSON",)))
    assert carriers(s, ["id", "Person"]) == {"id": ["id"], "person": ["Person"]}


def test_repeated_headers_are_told_apart_by_occurrence():
    s = spec(Field("first", "string", "", ("Other",)), Field("second", "string", "", ("Other#2",)))
    assert carriers(s, ["id", "Other", "Other", "Other"]) == {"id": ["id"], "first": ["Other"], "second": ["Other#2"]}
    result = bind(s, columns_of(["id", "Other", "Other", "Other"]))
    assert [c.title for c in result.extra] == ["Other#3"]
    assert [(d.kind, d.column) for d in result.drift] == [("repeated_header", "Other")]


def test_import_ids_come_before_names_and_labels_count_where_there_are_no_ids():
    s = spec(Field("score", "integer", "", ("QID1",)), Field("area", "string", "", ("Area",)))
    assert carriers(s, ["id", "QID1", "Q1"], identifiers=["", "QID7", "QID1"])["score"] == ["Q1", "QID1"]
    assert "area" not in carriers(s, ["id", "Q1"], identifiers=["i", "QID7"], labels=["", "Area"])
    assert carriers(s, ["id", "V1"], labels=["", "Area"])["area"] == ["V1"]


def test_a_companion_column_points_at_the_score():
    s = spec(Field("score", "integer", "", companions=("_NPS_GROUP",), pattern="likely"))
    assert carriers(s, ["id", "how likely", "Q9_NPS_GROUP", "Q9"])["score"] == ["Q9"]
    assert carriers(s, ["id", "how likely", "Q9"])["score"] == ["how likely"]


def test_patterns_read_questions_without_markup_and_say_when_they_guess():
    s = spec(Field("why", "string", "", pattern="reason for your"))
    result = bind(
        s,
        columns_of(["id", "Q1", "Q2"], labels=["", "The <b>reason</b> for&nbsp;\nyour score", "Another reason for your score"]),
    )
    assert [c.name for c in result.fields["why"]] == ["Q1"]
    assert [(d.kind, d.column) for d in result.drift if d.kind == "ambiguous_column"] == [("ambiguous_column", "Q1")]


def test_the_workspace_map_wins_and_unknown_fields_in_it_are_told():
    s = spec(Field("score", "integer", "", ("Score",)))
    assert carriers(s, ["id", "Score", "Note"], {"score": "Note"})["score"] == ["Note"]
    assert carriers(s, ["id", "Score"], {"score": "Absent"})["score"] == ["Score"]
    with pytest.raises(ConfigurationError, match="names the field 'skore'; use one of: id, score"):
        bind(s, columns_of(["id"]), {"skore": "Score"})


def test_ignored_columns_are_neither_kept_nor_told():
    s = spec(ignored=("Billing*", "*Phone*"))
    result = bind(s, columns_of(["id", "BillingCity", "billing_street", "Home Phone", "Region"]))
    assert [c.name for c in result.extra] == ["Region"]
    assert [d.column for d in result.drift] == ["Region"]
    assert is_ignored(s, "BILLING_CITY")
    assert not is_ignored(s, "Rebilling")


def test_a_second_column_of_a_withheld_field_is_withheld_too():
    s = spec(Field("name", "string", "", personal="withheld"))
    assert [c.title for c in bind(s, columns_of(["id", "Name", "Name", "Plan"])).extra] == ["Plan"]


def test_required_fields_are_missed_unless_rows_can_be_told_by_content():
    assert bind(spec(), columns_of(["x"])).missing == ("id",)
    assert bind(spec(surrogate_key=True), columns_of(["x"])).missing == ()


def test_no_spec_lets_names_of_people_slip_into_the_rest():
    """Columns of true exports that hold names; none may end in `_extra`, where only patterns are redacted."""
    specs = load_specs()
    header = {
        "salesforce__contact": ["Id", "AccountId", "LastName", "FirstName", "Name", "Salutation", "MiddleName"],
        "salesforce__user": ["Id", "Username", "Name", "Alias", "CommunityNickname", "SenderName"],
        "zendesk__user": ["id", "role", "email", "name", "alias", "signature"],
        "zendesk__ticket": ["id", "status", "via_source_from_name", "via"],
        "delighted__response": ["ID", "Score", "Created At", "Name", "Person Name"],
    }
    for table, names in header.items():
        assert [c.name for c in bind(specs[table], columns_of(names)).extra] == [], table
