# Thin: each target is one line of a tool. `make run` and `make test` set up what they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := 0.13.9
WORKSPACE ?= workspace
FUZZ_SECONDS ?= 120
PARITY ?= .parity

.PHONY: run test lint audit fuzz bench ui setup lock parity

setup: .venv/.complete

# uv installs in seconds with a bar; where it cannot reach the index the way pip is set up to, pip does the same from the same lock.
.venv/.complete: requirements.lock pyproject.toml
	@echo "Setting up .venv from requirements.lock (once)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check uv==$(UV)
	$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r requirements.lock || \
		$(BIN)/python -m pip install --progress-bar on --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup
	$(BIN)/earshot demo $(WORKSPACE)
	$(BIN)/earshot run --workspace $(WORKSPACE)

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/analyses
	$(BIN)/python tests/dependency_audit.py requirements.lock

audit: setup
	$(BIN)/python tests/dependency_audit.py requirements.lock --strict

fuzz: setup
	$(BIN)/python tests/fuzzing.py --seconds $(FUZZ_SECONDS)

bench: setup
	$(BIN)/python -m benchmarks

ui: setup
	$(BIN)/earshot ui --workspace $(WORKSPACE)

# DuckDB and Spark build the same workspace, and every public mart is compared row by row: minutes, and Java 17.
parity: .venv-spark/.complete
	PYTHONPATH=tests .venv-spark/bin/python -m spark.parity $(PARITY)

.venv-spark/.complete: requirements-spark.lock pyproject.toml
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/python -m pip install --quiet --quiet --disable-pip-version-check uv==$(UV) "setuptools>=77" wheel
	.venv-spark/bin/uv pip install --compile-bytecode --python .venv-spark/bin/python --no-deps --require-hashes -r requirements-spark.lock || \
		.venv-spark/bin/python -m pip install --progress-bar on --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	.venv-spark/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock: setup
	$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra spark --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 -o requirements-spark.lock
