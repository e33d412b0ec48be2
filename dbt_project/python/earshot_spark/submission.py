"""Python models on Spark: in the session that runs the SQL, where dbt-spark itself knows only Databricks' services."""

from __future__ import annotations

import runpy
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def run_models_in_session() -> None:
    """Let dbt-spark run Python models in the Spark session of this process."""
    from dbt.adapters.spark.impl import SparkAdapter

    SparkAdapter.default_python_submission_method = "session"
    SparkAdapter.python_submission_helpers = {"session": _Session}


class _Session:
    """Runs the code that dbt compiles of a Python model."""

    def __init__(self, parsed_model: Mapping[str, Any], credentials: object) -> None:
        self._name = Path(parsed_model["original_file_path"]).name

    def submit(self, compiled_code: str) -> None:
        """Define the model's functions, call them and write what they return."""
        from pyspark.sql import SparkSession

        with tempfile.TemporaryDirectory(prefix="earshot-model-") as folder:
            path = Path(folder) / self._name
            path.write_text(compiled_code, "utf-8")
            runpy.run_path(str(path), {"spark": SparkSession.active()}, "earshot_model")
