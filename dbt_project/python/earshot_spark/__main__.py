"""Judges texts and builds the project on Spark: `python -m earshot_spark --tables FOLDER --warehouse FOLDER build`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from earshot_spark.session import open_session
from earshot_spark.submission import run_models_in_session
from earshot_spark.tables import register

PROJECT = Path(__file__).resolve().parents[2]
JUDGE = "judge"


def main() -> int:
    """Open the session, and judge the texts of the tables, or name the tables and hand what follows to dbt."""
    known, arguments = parsed(sys.argv[1:])
    session = open_session(known.warehouse, known.master, dict(known.conf))
    if arguments[0] == JUDGE:
        return judge(session, known.tables, known.workspace)
    register(session, known.tables)
    return build(known.warehouse, arguments)


def parsed(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """What is said to this command, and the rest, which is dbt's."""
    parser = argparse.ArgumentParser(prog="python -m earshot_spark", description=__doc__)
    parser.add_argument("--tables", type=Path, required=True, help="folder of Parquet files that `earshot tables` wrote")
    parser.add_argument("--warehouse", type=Path, required=True, help="folder of the tables that dbt builds")
    parser.add_argument("--master", default="local[2]", help="Spark's master (default: %(default)s)")
    parser.add_argument(
        "--conf", type=_setting, action="append", default=[], metavar="NAME=VALUE", help="a setting of Spark; may be repeated"
    )
    parser.add_argument(
        "--workspace", "-w", type=Path, help=f"workspace of the tables, for `{JUDGE}`: its themes, labels and encoder"
    )
    known, rest = parser.parse_known_args(arguments)
    if not rest:
        parser.error(f"say what to do: `{JUDGE}` judges texts; anything else is a command of dbt, such as `build`")
    if rest[0] == JUDGE and (known.workspace is None or rest[1:]):
        parser.error(
            f"`{JUDGE}` takes --workspace FOLDER and nothing that follows it; it was given {' '.join(rest[1:]) or 'none'}"
        )
    return known, rest


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise argparse.ArgumentTypeError(f"{text!r} is no setting: write NAME=VALUE, such as spark.executor.memory=4g")
    return name, value


def judge(session: Any, tables: Path, workspace: Path) -> int:
    """Judge the texts that have no judgements yet.

    Returns:
        0 done, 2 where the workspace or the tables cannot be read.
    """
    from earshot_spark.judging import judge_texts
    from insights.taxonomy import TaxonomyError
    from orchestration.settings import SettingsError, load_settings

    try:
        count = judge_texts(session, tables, load_settings(workspace))
    except (SettingsError, TaxonomyError, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write(f"{count:,} texts judged\n")
    return 0


def build(warehouse: Path, arguments: list[str]) -> int:
    """Run dbt in this process, in the session that is open.

    Returns:
        dbt's exit code: 0 done, 1 a model or test failed, 2 dbt could not run.
    """
    from dbt.cli.main import dbtRunner

    run_models_in_session()
    places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", "spark"]
    places += ["--target-path", str(warehouse.resolve() / "dbt"), "--log-path", str(warehouse.resolve() / "dbt")]
    result = dbtRunner().invoke([*arguments, *places])
    return 0 if result.success else 2 if result.exception else 1


if __name__ == "__main__":
    sys.exit(main())
