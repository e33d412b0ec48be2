"""Colleagues' messages on their way through load and judgement: read where allowed, judged once, never taken for feedback."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from connectors.registry import load_specs
from insights.taxonomy import DEFAULT
from orchestration.assets import judged
from orchestration.assets.enriched import enrich_new_texts
from orchestration.assets.judged import judge_new_messages
from orchestration.assets.landed import collect
from orchestration.assets.loaded import load_new_files, open_store
from orchestration.resources import LogProgress
from orchestration.settings import load_settings

FIXTURE = Path(__file__).parents[1] / "fixtures" / "exports" / "slack" / "message.zip"
SPECS = {name: spec for name, spec in load_specs().items() if spec.internal or spec.vendor in ("slack", "delighted")}
CONFIG = """
[workspace]
name = "Fernhollow"

[sources.slack]
channels = ["deal-desk"]

[sources.slack.teams]
"U02AAA111" = "Sales"
"Jule.Brandt@fernhollow.example" = "Product"
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    (tmp_path / "earshot.toml").write_text(CONFIG)
    shutil.copy(DEFAULT, tmp_path / "themes.yml")
    (tmp_path / "inbox" / "slack").mkdir(parents=True)
    shutil.copy(FIXTURE, tmp_path / "inbox" / "slack" / "export.zip")
    monkeypatch.setenv("EARSHOT_SALT", "pepper")
    return load_settings(tmp_path)


def run(settings):
    collect(settings, {spec.vendor for spec in SPECS.values()})
    load_new_files(settings, SPECS, "run", LogProgress())
    return judge_new_messages(settings, SPECS, LogProgress())


def rows(settings, query):
    with open_store(settings).connect() as con:
        return con.execute(query).fetchall()


def test_messages_are_judged_once_and_by_one_model_version(settings):
    texts = {
        text for (text,) in rows_after(settings, "SELECT DISTINCT _text_sha256 FROM raw.slack__message WHERE _text IS NOT NULL")
    }
    judged = rows(settings, "SELECT text_sha256, quality, quality_confidence FROM enriched.question")
    assert {sha for sha, _, _ in judged} == texts
    assert len(judged) == len(texts) > 3
    assert all(0 < confidence <= 1 for _, _, confidence in judged)
    assert judge_new_messages(settings, SPECS, LogProgress()) == 0
    with open_store(settings).connect() as con:
        con.execute("UPDATE enriched.question SET model_version = 'older'")
    assert judge_new_messages(settings, SPECS, LogProgress()) == len(texts)
    assert rows(settings, "SELECT count(*) FILTER (model_version = 'older'), count(*) FROM enriched.question") == [
        (0, len(texts))
    ]


def test_questions_are_compared_again_only_when_one_or_its_answer_changes(settings, monkeypatch):
    compared = []
    real = judged.similar_answered
    monkeypatch.setattr(judged, "similar_answered", lambda questions: compared.append(questions.num_rows) or real(questions))
    run(settings)
    assert len(compared) == 1
    pairs = "SELECT * FROM enriched.similar_question ORDER BY ALL"
    before = rows(settings, pairs)
    judge_new_messages(settings, SPECS, LogProgress())
    assert len(compared) == 1
    assert rows(settings, pairs) == before
    asked = (
        "UPDATE raw.slack__message SET sent_at = sent_at + INTERVAL 1 SECOND WHERE _text_sha256 IN "
        "(SELECT text_sha256 FROM enriched.question WHERE quality <> 'not_question')"
    )
    with open_store(settings).connect() as con:
        con.execute(asked)
    judge_new_messages(settings, SPECS, LogProgress())
    assert len(compared) == 2
    monkeypatch.setattr(judged, "similarity_version", lambda: "other rules")
    judge_new_messages(settings, SPECS, LogProgress())
    assert len(compared) == 3


def rows_after(settings, query):
    run(settings)
    return rows(settings, query)


def test_colleagues_words_get_no_themes(settings):
    run(settings)
    assert enrich_new_texts(settings, SPECS, LogProgress()) == 0
    assert rows(settings, "SELECT count(*) FROM enriched.text") == [(0,)]


def test_members_are_known_by_hash_and_placed_by_the_configuration(settings):
    run(settings)
    assert rows(
        settings,
        "SELECT team FROM ops.member_team JOIN raw.slack__user ON member_key IN (id_key, email_key) ORDER BY team",
    ) == [("Product",), ("Sales",)]
    stored = json.dumps(
        rows(settings, "SELECT * FROM raw.slack__user") + rows(settings, "SELECT * FROM raw.slack__message"), default=str
    )
    for personal in ("U02AAA111", "Amir", "Haddad", "jule.brandt", "it@kunde.example", "USLACKBOT"):
        assert personal not in stored


def test_a_rejected_message_shows_no_words(settings):
    day = [
        {"type": "message", "user": "U02AAA111", "text": "we lose them in May"},
        {"type": "message", "ts": "x", "text": "and June"},
    ]
    with zipfile.ZipFile(FIXTURE) as original, zipfile.ZipFile(settings.root / "inbox" / "slack" / "broken.zip", "w") as made:
        made.writestr("channels.json", original.read("channels.json"))
        made.writestr("ask-product/2025-04-01.json", json.dumps(day))
    run(settings)
    quarantined = rows(settings, "SELECT reason, raw_redacted FROM ops.quarantine WHERE line IS NOT NULL")
    assert len(quarantined) == 2
    assert "lose" not in str(quarantined)
    assert "June" not in str(quarantined)


def test_a_channel_that_is_listed_later_is_read_from_the_same_delivery(settings):
    path = settings.root / "inbox" / "slack" / "private.zip"
    with zipfile.ZipFile(FIXTURE) as original, zipfile.ZipFile(path, "w") as made:
        made.writestr("channels.json", original.read("channels.json"))
        made.writestr("groups.json", json.dumps([{"id": "G1", "name": "deal-desk"}]))
        made.writestr(
            "deal-desk/2025-04-01.json",
            json.dumps([{"type": "message", "ts": "1743500000.000100", "user": "U1", "text": "Who?"}]),
        )
    config = settings.root / "earshot.toml"
    config.write_text(CONFIG.replace('"deal-desk"', ""))
    run(load_settings(settings.root))
    assert rows(settings, "SELECT count(*) FROM raw.slack__message WHERE channel_name = 'deal-desk'") == [(0,)]
    config.write_text(CONFIG)
    run(load_settings(settings.root))
    assert rows(settings, "SELECT count(*) FROM raw.slack__message WHERE channel_name = 'deal-desk'") == [(1,)]
