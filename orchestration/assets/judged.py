"""Colleagues' messages → judgements: what each asks, of whom, and whether it had been answered before it was asked."""

from collections.abc import Iterator, Mapping

import dagster as dg
import duckdb
import pyarrow as pa

from connectors.spec import ExportSpec
from insights.questions import judge_questions, question_model_version, similar_answered, similarity_version
from orchestration.assets.enriched import (
    BATCH_TEXTS,
    append,
    keep_only,
    row_counts,
    unscored,
    words_of,
)
from orchestration.assets.keys import ENRICHED, enriched_key, raw_key
from orchestration.assets.loaded import open_store
from orchestration.resources import Progress
from orchestration.settings import Settings
from orchestration.store import BuildStore

TABLES = {
    "question": "What each distinct message of a colleague asks, and which role should answer.",
    "similar_question": "For a question the nearest earlier one of nearly the same words that had an answer by then.",
}
_COMPARED = "compared_questions"
# Threads as the models of dbt see them, as far as finding an earlier answer needs them; dbt checks each answer again.
_MESSAGES = """
    SELECT 'slack' AS source, channel_id || '/' || ts AS message_id, channel_id || '/' || coalesce(thread_ts, ts) AS thread_id,
        user_key AS person, sent_at AS said_at, _text AS text, _text_sha256 AS text_sha256
    FROM raw.slack__message WHERE user_key IS NOT NULL AND bot_id IS NULL AND NOT coalesce(_deleted, false)
    UNION ALL
    SELECT 'teams', channel_id || '/' || id, channel_id || '/' || coalesce(reply_to_id, id), user_key, created_at, _text,
        _text_sha256
    FROM raw.teams__message WHERE user_key IS NOT NULL AND deleted_at IS NULL
    UNION ALL
    SELECT 'question_form', question_id, question_id, email_key, asked_at, _text, _text_sha256
    FROM raw.question_form__question WHERE NOT coalesce(_deleted, false)
    UNION ALL
    SELECT 'question_form', question_id || '/answer', question_id, coalesce(answered_by_key, 'answerer'), answered_at,
        NULL, NULL
    FROM raw.question_form__question WHERE answered_at IS NOT NULL AND NOT coalesce(_deleted, false)
"""
_QUESTIONS = f"""
    WITH message AS ({_MESSAGES}),
    judged AS (
        SELECT message.*, coalesce(question.quality, 'not_question') AS quality
        FROM message LEFT JOIN enriched.question AS question USING (text_sha256)
    )
    SELECT asked.source || '|' || asked.message_id AS question_id, any_value(asked.text) AS text,
        any_value(asked.said_at) AS asked_at, min(answer.said_at) AS answered_at
    FROM judged AS asked
    LEFT JOIN judged AS answer
        ON answer.source = asked.source AND answer.thread_id = asked.thread_id AND answer.said_at >= asked.said_at
        AND answer.message_id <> asked.message_id AND answer.person IS DISTINCT FROM asked.person
    WHERE asked.quality <> 'not_question'
    GROUP BY ALL ORDER BY question_id
"""


def judge_new_messages(settings: Settings, specs: Mapping[str, ExportSpec], progress: Progress) -> int:
    """Judges the messages that the current model has not seen, and forgets older models' judgements.

    Returns:
        Number of texts judged.
    """
    store = open_store(settings)
    asked = [spec.table for spec in specs.values() if spec.text and spec.internal]
    if not asked:
        return 0
    version = question_model_version()
    waiting = unscored(store, asked, version, "question")
    progress.stage("Reading what colleagues ask", waiting.num_rows)
    for first in range(0, waiting.num_rows, BATCH_TEXTS):
        batch = waiting.slice(first, BATCH_TEXTS)
        append(store, question=judge_questions(words_of(store, asked, batch)))
        progress.advance(f"{batch.num_rows} messages", batch.num_rows)
    keep_only(store, version, "question")
    _compare_questions(store)
    return int(waiting.num_rows)


def _compare_questions(store: BuildStore) -> None:
    """Looks for earlier questions of nearly the same words, unless no question and no answer has changed since."""
    with store.connect() as connection:
        asked = _fingerprint(connection)
        if (asked,) in connection.execute("SELECT value FROM ops.state WHERE name = ?", [_COMPARED]).fetchall():
            return
        pairs = _similar(connection.execute(_QUESTIONS).to_arrow_table())
        connection.register("pairs", pairs)
        # In one transaction, so that the fingerprint is always that of the pairs that stand there.
        connection.execute("BEGIN")
        connection.execute("DELETE FROM enriched.similar_question")
        connection.execute("INSERT INTO enriched.similar_question BY NAME SELECT * FROM pairs")
        connection.execute("INSERT OR REPLACE INTO ops.state VALUES (?, ?)", [_COMPARED, asked])
        connection.execute("COMMIT")


def _fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    """Equal for equal questions with equal times of their answers, compared by equal rules."""
    query = f"SELECT sha256(string_agg(asked::VARCHAR, chr(10) ORDER BY question_id)) FROM ({_QUESTIONS}) AS asked"
    ((questions,),) = connection.execute(query).fetchall()
    return f"{similarity_version()}-{questions}"


def _similar(questions: pa.Table) -> pa.Table:
    """Pairs of questions of nearly the same words, the earlier one answered before the later one was asked."""
    found = similar_answered(questions)
    columns: dict[str, list[object]] = {"similarity": found["similarity"].to_pylist()}
    for prefix, column in (("", "question_id"), ("similar_", "similar_question_id")):
        split = [str(key).split("|", 1) for key in found[column].to_pylist()]
        columns[f"{prefix}source"] = [source for source, _ in split]
        columns[f"{prefix}message_id"] = [message for _, message in split]
    text = pa.string()
    schema = [("source", text), ("message_id", text), ("similar_source", text), ("similar_message_id", text)]
    return pa.table(columns, schema=pa.schema([*schema, ("similarity", pa.float64())]))


def judged_assets(settings: Settings, specs: Mapping[str, ExportSpec]) -> dg.AssetsDefinition:
    """The step that judges colleagues' messages."""
    words = [raw_key(spec) for spec in specs.values() if spec.text and spec.internal]

    @dg.multi_asset(
        name="judge_questions",
        specs=[
            dg.AssetSpec(
                enriched_key(table),
                deps=words,
                group_name=ENRICHED,
                description=description,
                owners=["team:product-ops"],
                kinds={"duckdb"},
            )
            for table, description in TABLES.items()
        ],
    )
    def judge_questions_asset(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[object], progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult[None]]:
        store = open_store(settings)
        with store.held_open():
            judged = judge_new_messages(settings, specs, progress)
            counts = row_counts(store, TABLES)
        context.log.info("%s messages judged", judged)
        for table in TABLES:
            yield dg.MaterializeResult(
                asset_key=enriched_key(table), metadata={"dagster/row_count": counts[table], "messages_judged_now": judged}
            )

    return judge_questions_asset
