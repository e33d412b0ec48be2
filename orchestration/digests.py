"""The weekly digests: written into the workspace, and delivered where it says so, each once."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import duckdb

from orchestration.delivery import Message, deliver_once, forget_topic
from orchestration.digest import DigestProblem, prove, read_digests, render
from orchestration.settings import Settings
from orchestration.sql_prompt import QueryProblem, open_published
from orchestration.voc_digest import read_voc_digest, voc_message

# Launches of the weeks around the newest feedback: what a team has to know now.
LAUNCHES = """
SELECT role, launch_id FROM alignment.readiness_digest
WHERE launch_at BETWEEN CAST(? AS DATE) - INTERVAL 7 DAY AND CAST(? AS DATE) + INTERVAL 21 DAY ORDER BY launch_at, role
"""

UNDELIVERED = "undelivered"


def due_digests(settings: Settings) -> Iterator[tuple[str, str, Message]]:
    """Every digest that is due: its topic, what makes it news, and the message.

    Raises:
        QueryProblem: nothing is published.
        DigestProblem: no week is complete yet.
        UnprovenDigest: the database does not say what a readiness digest says.
    """
    with open_published(settings.warehouse_db) as connection:
        voc = read_voc_digest(connection, settings.config.workspace.reporting_currency)
        yield "digest:voc", voc.week.isoformat(), voc_message(voc)
        for role, launch in connection.execute(LAUNCHES, [voc.week, voc.week]).fetchall():
            yield _readiness(connection, role, launch)


def _readiness(connection: duckdb.DuckDBPyConnection, role: str, launch: str) -> tuple[str, str, Message]:
    digests = read_digests(connection, role, launch)
    prove(connection, digests)
    title = f"{digests[0].name}: {digests[0].kind.replace('_', ' ')}, for {role.replace('_', ' ')}"
    message = Message(title, render(digests, "markdown"), render(digests, "html"))
    # What was missing and is there now is news.
    return f"digest:{role}:{launch}", ",".join((digests[0].kind, *digests[0].missing)), message


def write_digests(settings: Settings) -> tuple[list[str], list[str]]:
    """Writes every digest that is due and delivers those that were not delivered before.

    Returns:
        Files that were written, and what could not be delivered.
    """
    folder = settings.digests_dir
    folder.mkdir(mode=0o700, exist_ok=True)
    written, problems = [], []
    for topic, state, message in due_digests(settings):
        stem = topic.removeprefix("digest:").replace(":", "-")
        path = folder / (f"voc-{state}.md" if stem == "voc" else f"readiness-{stem}.md")
        path.write_text(message.markdown, "utf-8")
        written.append(path.relative_to(settings.root).as_posix())
        problems += [
            f"{receipt.channel}: {receipt.problem}"
            for receipt in deliver_once(settings, message, topic=topic, state=state)
            if not receipt.delivered
        ]
    _tell_of(settings, problems)
    return written, problems


def _tell_of(settings: Settings, problems: Sequence[str]) -> None:
    """What one channel refused is said on the others, once for as long as it stays so."""
    if not problems:
        forget_topic(settings, UNDELIVERED)
        return
    text = "\n".join(f"- {problem}" for problem in problems)
    message = Message(f"{settings.config.workspace.name}: a digest was written, but not delivered everywhere", text)
    deliver_once(settings, message, topic=UNDELIVERED, state=text)


def digests_job(settings: Settings) -> dg.JobDefinition:
    """The job that writes and delivers them; what a channel refused is tried again by the next one."""

    @dg.op(name="write_and_deliver")
    def write_and_deliver(context: dg.OpExecutionContext) -> None:
        try:
            written, problems = write_digests(settings)
        except (DigestProblem, QueryProblem) as problem:
            context.log.warning(f"No digest: {problem}")
            return
        context.add_output_metadata({"written": dg.MetadataValue.json(written)})
        if problems:
            raise dg.Failure(f"Written, but not delivered everywhere. {' '.join(problems)}", allow_retries=False)

    @dg.job(
        name="digests",
        description="The voice of the customer and the readiness digests, into digests/ and to the configured channels.",
        executor_def=dg.in_process_executor,
    )
    def digests() -> None:
        write_and_deliver()

    return digests


def weekly_schedule(settings: Settings, job: Any) -> dg.ScheduleDefinition:
    """Once a week, on from the start."""
    day, _, time = settings.config.run.digests_at.partition(" ")
    hour, minute = time.split(":")
    return dg.ScheduleDefinition(
        name="weekly_digests",
        job=job,
        cron_schedule=f"{int(minute)} {int(hour)} * * {day}",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Writes the digests every week, {settings.config.run.digests_at} UTC.",
    )
