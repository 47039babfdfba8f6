# Every target is listed by `make help`; names stay for good. Options are written as VARIABLE=value.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
MESSAGES := $(wildcard src/comity/web/locale/*/LC_MESSAGES/django.po)
# Tests of one file share their fixtures (servers, nodes, browsers), so a file stays with one worker.
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal --durations=30 $(ARGS)
yes = $(filter-out 0 no false,$(1))

.PHONY: help setup demo test test-long storm lint bench bench-exchange messages locks

help: ## list every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 14

setup: .venv/installed ## build the environment in .venv (the other targets do it themselves)

demo: .venv/installed ## two nodes, filled, paired and served; ONCE=1 stops after the exchange, DATA=DIR loads real files
	@$(BIN)/comity demo $(if $(call yes,$(ONCE)),--once) $(if $(DATA),--data '$(DATA)')

test: .venv/developer ## lint, then every test on SQLite, then those that touch a database on PostgreSQL; ARGS='-k word' narrows
	@status=0; \
	$(MAKE) --no-print-directory lint || status=$$?; \
	echo "== tests on SQLite"; \
	COMITY_TEST_DATABASE=sqlite $(PYTEST) -m "not long" || status=$$?; \
	echo "== tests on PostgreSQL"; \
	COMITY_TEST_DATABASE=postgresql $(PYTEST) -m "(db or postgres) and not long" || status=$$?; \
	exit $$status

test-long: .venv/developer ## what takes minutes of real nodes: restore, rollback, third party, leaks, rotation, lost keys; on both databases
	@COMITY_TEST_DATABASE=sqlite $(PYTEST) -m long; status=$$?; \
	COMITY_TEST_DATABASE=postgresql $(PYTEST) -m long || status=$$?; exit $$status

storm: .venv/developer ## real nodes under a schedule of faults; SEEDS=1,2,3 or 1-100, NODES=2|3, DATABASE=sqlite|postgresql, FAULTS=n
	@$(BIN)/python -m tools.storm $(or $(SEEDS),1) --nodes $(or $(NODES),2) --database $(or $(DATABASE),sqlite) --faults $(or $(FAULTS),50) $(ARGS)

lint: .venv/developer ## style, types, import contracts, translations, licences of what is installed
	@status=0; for step in "ruff check" "ruff format --check" mypy "lint-imports --no-logo" \
	"python -m tools.messages check" "python -m tools.licences check"; do \
	echo "== $$step"; $(BIN)/$$step || status=1; done; exit $$status

bench: .venv/developer ## measure speed and memory; NAME=file picks one file of tools/bench
	@for file in $(if $(NAME),tools/bench/$(NAME).py,$(filter-out %/__init__.py,$(wildcard tools/bench/*.py))); do \
	echo "== $$file"; $(BIN)/python $$file $(ARGS) || exit $$?; done

bench-exchange: .venv/developer ## the exchange beside PostgreSQL's replication, COPY, NATS and AS2; ARGS='--rows 10000'
	@$(BIN)/python tools/bench/exchange.py $(ARGS)

messages: .venv/developer ## collect the texts to translate into the .po files, then compile them
	@$(BIN)/python -m tools.messages update
	@$(BIN)/python -m tools.messages compile

locks: ## resolve the newest versions that pyproject.toml admits into the lock files (needs uv)
	@$(PYTHON) tools/locks.py

# The stamps: what is older than its lock file is installed again, the rest is left alone.
.venv/ready: requirements.lock tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py .venv requirements.lock
	@touch $@

# The package itself, in place; its build hook compiles the messages.
.venv/installed: .venv/ready pyproject.toml hatch_build.py $(MESSAGES)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/developer: .venv/installed requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock --requirement requirements-dev.lock
	@touch $@
