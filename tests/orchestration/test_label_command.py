"""The labelling commands over files as people have them: three formats, odd texts, wrong input."""

import resource

import polars as pl
import pytest
from typer.testing import CliRunner

from orchestration.cli import app

TEXTS = [
    ("7", "How do we get our customers' admins ready before the switch, and who goes first?"),
    ("7", "Thanks a lot, great work!"),
    ("x", "The export fails with error 502, what is the workaround? Ask ada@example.com"),
    ("empty", None),
]


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write(folder, suffix):
    path = folder / f"texts{suffix}"
    frame = pl.DataFrame(TEXTS, schema={"id": pl.String, "text": pl.String}, orient="row").with_columns(extra=pl.lit(1))
    {".csv": frame.write_csv, ".ndjson": frame.write_ndjson, ".parquet": frame.write_parquet}[suffix](path)
    return path


def read(path):
    return {".csv": pl.read_csv, ".ndjson": pl.read_ndjson, ".parquet": pl.read_parquet}[path.suffix](path)


@pytest.mark.parametrize(("source", "target"), [(".csv", ".parquet"), (".ndjson", ".csv"), (".parquet", ".ndjson")])
def test_questions_in_every_format(tmp_path, source, target):
    out = tmp_path / f"judged{target}"
    outcome = call("label", "questions", "--in", write(tmp_path, source), "--out", out)
    assert outcome.exit_code == 0, outcome.output
    found = read(out)
    assert found.columns == ["id", "quality", "quality_confidence", "owner", "owner_confidence"]
    assert found["id"].to_list() == ["7", "7", "x", "empty"]
    assert found["quality"].to_list() == ["readiness", "not_question", "mechanics", "not_question"]
    assert found["owner"].to_list() == ["product_ops", "none", "support_engineering", "none"]
    assert found["quality_confidence"].is_between(0.25, 1).all()


def test_themes_abstain_in_a_row_and_quote_the_text(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.ndjson"
    words = "The invoice shows the wrong VAT number."
    source.write_text(f"id,text\n1,{words}\n2,Hello there\n", encoding="utf-8")
    outcome = call("label", "themes", "--in", source, "--out", out)
    assert outcome.exit_code == 0, outcome.output
    found = {row["id"]: row for row in pl.read_ndjson(out).to_dicts()}
    assert found["1"]["theme_id"] == "billing_invoicing"
    assert words[found["1"]["start"] : found["1"]["end"]] == found["1"]["quote"]
    assert found["2"]["theme_id"] is None


def test_themes_of_an_own_taxonomy_and_a_wrong_one(tmp_path):
    source, out, taxonomy = tmp_path / "in.csv", tmp_path / "out.csv", tmp_path / "themes.yml"
    source.write_text("id,text\n1,The kiosk printer jams all day\n", encoding="utf-8")
    taxonomy.write_text("themes:\n  - id: Not An Id\n", encoding="utf-8")
    outcome = call("label", "themes", "--taxonomy", taxonomy, "--in", source, "--out", out)
    assert outcome.exit_code == 2
    assert "themes.yml" in outcome.output
    assert not out.exists()


def test_sentiment_and_redaction(tmp_path):
    source = write(tmp_path, ".csv")
    assert call("label", "sentiment", "--in", source, "--out", tmp_path / "felt.csv").exit_code == 0
    assert read(tmp_path / "felt.csv")["sentiment_label"].to_list()[1] == "positive"
    outcome = call("label", "redact", "--in", source, "--out", tmp_path / "clean.csv", "--name", "Nobody Here")
    assert outcome.exit_code == 0, outcome.output
    clean = read(tmp_path / "clean.csv")
    assert "ada@example.com" not in clean["text"].str.join("")[0]
    assert clean["email"].to_list() == [0, 0, 1, 0]


@pytest.mark.parametrize("command", [("label", "redact"), ("discover",)])
@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".parquet"])
def test_a_disk_that_is_full_leaves_the_earlier_answer(tmp_path, command, suffix):
    source, out = tmp_path / "in.csv", tmp_path / f"out{suffix}"
    source.write_text("id,text\n" + "".join(f"{n},Words number {n} of many\n" for n in range(2000)), encoding="utf-8")
    out.write_text("the earlier answer", encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
    try:
        outcome = call(*command, "--in", source, "--out", out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert outcome.exit_code == 2, outcome.output
    assert "Traceback" not in outcome.output
    assert out.read_text("utf-8") == "the earlier answer"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", out.name]


def test_discovery_groups_what_says_alike(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = [f"p{n},The kiosk printer jams when paper {n} is thin" for n in range(12)]
    lines += [f"c{n},Choir practice sings hymn {n} too loudly" for n in range(12)]
    source.write_text("\n".join(["id,text", *lines]), encoding="utf-8")
    outcome = call("discover", "--in", source, "--out", out)
    assert outcome.exit_code == 0, outcome.output
    found = read(out)
    assert found.columns == ["id", "cluster_key", "label"]
    assert len(found) == 24
    groups = found.drop_nulls("cluster_key").group_by(pl.col("id").str.slice(0, 1)).agg(pl.col("cluster_key").n_unique())
    assert set(groups["cluster_key"]) == {1}


@pytest.mark.parametrize("command", [("label", "questions"), ("label", "themes"), ("discover",)])
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.csv", None, "missing.csv"),
        ("no_text.csv", "id,body\n1,Hello\n", "'text'|no column text"),
        ("empty.csv", "", "empty.csv"),
        ("texts.xlsx", "x", "texts.xlsx"),
    ],
)
def test_wrong_input_names_file_and_column(tmp_path, command, name, content, said):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    outcome = call(*command, "--in", tmp_path / name, "--out", tmp_path / "out.csv")
    assert outcome.exit_code == 2, outcome.output
    assert any(part in outcome.output for part in said.split("|"))
    assert name in outcome.output
    assert "Traceback" not in outcome.output
    assert not (tmp_path / "out.csv").exists()


def test_a_target_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    source = write(tmp_path, ".csv")
    for target in (tmp_path / "out.xlsx", tmp_path / "nowhere" / "out.csv"):
        outcome = call("label", "questions", "--in", source, "--out", target)
        assert outcome.exit_code == 2
        assert target.name in outcome.output
