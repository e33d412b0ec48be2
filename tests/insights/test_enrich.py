"""The whole enrichment and the file commands: schemas, exact quotes, determinism, abstentions."""

import csv
import hashlib
import json

import polars as pl
import pyarrow as pa
import pytest

from insights.assign import Example
from insights.enrich import TEXT_SCHEMA, TEXT_THEME_SCHEMA, enrich, model_version
from insights.label import LabelError, label_redact, label_sentiment, label_themes
from insights.taxonomy import load_taxonomy, rename

TEXTS = [
    "Love the product, but the CSV export is missing columns 😀. The invoice shows the wrong amount.",
    "Die Suche findet nie etwas",
    "Great tool",
    "",
    "Push notifications stopped coming — and the Android app crashes on startup",
]


def table(texts):
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    return pa.table({"text_sha256": keys, "text": texts})


@pytest.fixture(scope="module")
def taxonomy():
    return load_taxonomy()


@pytest.fixture(scope="module")
def enriched(taxonomy):
    return enrich(table(TEXTS), taxonomy)


def test_tables_have_the_schemas_and_a_row_for_every_text(enriched, taxonomy):
    assert enriched.text.schema == TEXT_SCHEMA
    assert enriched.text_theme.schema == TEXT_THEME_SCHEMA
    assert enriched.text["text_sha256"].to_pylist() == table(TEXTS)["text_sha256"].to_pylist()
    assert set(enriched.text["model_version"].to_pylist()) == {model_version(taxonomy)}
    assert set(enriched.text_theme["taxonomy_version"].to_pylist()) == {taxonomy.version}


def test_every_quote_is_an_exact_piece_of_its_text(enriched):
    texts = dict(zip(table(TEXTS)["text_sha256"].to_pylist(), TEXTS, strict=True))
    assert enriched.text_theme.num_rows
    for row in enriched.text_theme.to_pylist():
        assert texts[row["text_sha256"]][row["quote_start"] : row["quote_end"]] == row["quote"]
        assert hashlib.sha256(row["quote"].encode()).hexdigest() == row["quote_sha256"]
        assert 0 < row["confidence"] <= 1
        assert -1 <= row["sentiment"] <= 1


def test_a_text_can_have_several_themes_and_a_mood_for_each(enriched):
    first = table(TEXTS)["text_sha256"][0].as_py()
    found = {row["theme_id"]: row for row in enriched.text_theme.to_pylist() if row["text_sha256"] == first}
    assert set(found) == {"data_export", "billing_invoicing"}
    assert found["data_export"]["quote"] == "the CSV export is missing columns 😀"
    assert found["data_export"]["sentiment"] < 0


def test_language_and_silence(enriched):
    assert enriched.text["language"].to_pylist()[:2] == ["en", "de"]
    assert enriched.text["language"].to_pylist()[3] == "und"
    silent = set(table(["Great tool", ""])["text_sha256"].to_pylist())
    assert not silent & set(enriched.text_theme["text_sha256"].to_pylist())


def test_judgements_do_not_depend_on_order_or_company(enriched, taxonomy):
    def rows(result):
        return sorted(map(str, result.text.to_pylist() + result.text_theme.to_pylist()))

    backwards = enrich(table(TEXTS[::-1]), taxonomy)
    assert rows(backwards) == rows(enriched)
    alone = enrich(table(TEXTS[:1]), taxonomy)
    assert set(map(str, alone.text_theme.to_pylist())) <= set(map(str, enriched.text_theme.to_pylist()))
    assert enrich(table([]), taxonomy).text.schema == TEXT_SCHEMA


def test_the_model_version_follows_what_judgements_depend_on(taxonomy):
    assert model_version(taxonomy) == model_version(load_taxonomy())
    assert model_version(rename(taxonomy, "data_export", "Taking data out")) != model_version(taxonomy)
    assert model_version(taxonomy, [Example("x y z", frozenset())]) != model_version(taxonomy)


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *rows])


def test_label_themes_keeps_every_id(tmp_path, taxonomy):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    write(
        source,
        [("007", "The invoice shows the wrong amount, ask jane@acme.com"), ("8", "hello"), ("9", ""), ("8", "hello")],
    )
    assert label_themes(source, target, taxonomy) == 4
    rows = list(csv.DictReader(target.open(encoding="utf-8")))
    assert list(rows[0]) == ["id", "theme_id", "confidence", "quote", "start", "end"]
    assert [(row["id"], row["theme_id"]) for row in rows] == [("007", "billing_invoicing"), ("8", ""), ("9", ""), ("8", "")]
    assert "jane@acme.com" not in target.read_text(encoding="utf-8")


def test_quotes_are_placed_in_the_text_that_was_given(tmp_path, taxonomy):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    text = "Reach me at jane.doe@example.com. The invoice shows the wrong amount."
    write(source, [("1", text)])
    label_themes(source, target, taxonomy)
    (row,) = csv.DictReader(target.open(encoding="utf-8"))
    assert text[int(row["start"]) : int(row["end"])] == row["quote"] == "The invoice shows the wrong amount"


@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".parquet"])
def test_the_formats_agree(tmp_path, taxonomy, suffix):
    frame = pl.DataFrame({"id": ["1", "2"], "text": ["Exports are slow", None]})
    source, target = tmp_path / f"in{suffix}", tmp_path / "out.ndjson"
    {".csv": frame.write_csv, ".ndjson": frame.write_ndjson, ".parquet": frame.write_parquet}[suffix](source)
    assert label_sentiment(source, target, taxonomy) == 2
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["sentiment_label"]) for row in rows] == [("1", "negative"), ("2", "neutral")]


def test_label_redact_counts_placeholders(tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.parquet"
    write(source, [("1", "a@b.co and c@d.co, 10.0.0.1, Zed Quux was here"), ("2", "clean")])
    assert label_redact(source, target, ["Zed Quux"]) == 2
    first, second = pl.read_parquet(target).to_dicts()
    assert first["text"] == "[EMAIL] and [EMAIL], [IP], [NAME] was here"
    assert (first["email"], first["ip"], first["name"], second["email"]) == (2, 1, 1, 0)


def test_bad_files_say_what_to_do(tmp_path, taxonomy):
    wrong = tmp_path / "in.csv"
    wrong.write_text("key,body\n1,x\n", encoding="utf-8")
    with pytest.raises(LabelError, match=r"no column 'id' or 'text' \(found: key, body\); rename"):
        label_themes(wrong, tmp_path / "out.csv", taxonomy)
    with pytest.raises(LabelError, match="cannot be read"):
        label_themes(tmp_path / "none.csv", tmp_path / "out.csv", taxonomy)
    with pytest.raises(LabelError, match=r"unknown file type '\.txt'"):
        label_themes(tmp_path / "none.txt", tmp_path / "out.csv", taxonomy)
    write(wrong, [("1", "x")])
    with pytest.raises(LabelError, match=r"unknown file type '\.xls'"):
        label_redact(wrong, tmp_path / "out.xls")
