# Everything runs in .venv of this checkout; a second run of a target installs nothing and needs no network.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

BIN := .venv/bin
SET_UP := .venv/.set-up
# Which broker the demo runs on: embedded (needs nothing but pip) or kafka (needs Java and Maven).
BROKER ?= embedded
# How hard `make chaos` tries: small, hour, or full (for a night).
SIZE ?= small

# Tests start hundreds of programs, each of which would compile all modules anew (0.1 s of 0.5 s).
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup test lint format contracts demo bench screenshots lock chaos

help:  ## Say what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(SET_UP)  ## Make .venv and install what is locked

$(SET_UP): requirements-dev.lock pyproject.toml
	@python=""; \
	for candidate in python3.11 python3; do \
	    if $$candidate -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "make setup: needs Python 3.11 or newer with venv" >&2; exit 1; fi; \
	test -x $(BIN)/python || $$python -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

test: lint  ## Format, lint, types and every tier of tests
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --ignore tests/browser
	# Playwright keeps an event loop running, beside which nothing else can have one.
	$(BIN)/python -m pytest --numprocesses 2 tests/browser

lint: setup  ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup  ## Rewrite the code as ruff formats it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

contracts: setup  ## Export the schemas; write AsyncAPI, the pages of events, settings and metrics, the dashboard
	$(BIN)/python -m schemas.export
	$(BIN)/python -m contracts.asyncapi
	$(BIN)/python -m contracts.settings
	$(BIN)/python -m streams.metrics.page
	$(BIN)/python -m ops.grafana.dashboard

demo: setup  ## Show it working: make demo [BROKER=kafka] [DEMO_EXIT=1]
	@BROKER=$(BROKER) exec $(BIN)/python -m demo

bench: setup  ## Measure it on a real Kafka, beside its peers: make bench [QUICK=1] [ONLY=latency,restore] [RUNS=3]
	@exec $(BIN)/python -m bench

chaos: setup  ## Break it on a real Kafka: make chaos [SIZE=hour] [SEED=1] [SCENARIO="SIGTERM"] [MARKDOWN=FILE]
	@exec $(BIN)/python -m tests.chaos --size $(SIZE) $(if $(SEED),--seed $(SEED)) $(if $(MARKDOWN),--markdown "$(MARKDOWN)") \
	    $(if $(SCENARIO),"$(SCENARIO)")

screenshots: setup  ## Take the pictures of the README anew (needs chromium)
	REQUIRE_BROWSER=1 $(BIN)/python -m pytest -q tests/browser/test_story.py
	cp build/screenshots/list.png build/screenshots/details.png docs/images/

lock: setup  ## Choose the newest versions within pyproject.toml's ranges
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --upgrade \
	    --no-emit-index-url --no-emit-find-links --no-annotate \
	    --custom-compile-command "make lock" --output-file requirements-dev.lock
