# `make demo` shows the robot at work, `make test` proves it; both make .venv first, once, from pinned and hashed packages.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo install test crashes others lint bench requirements clean

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: .venv/run ## the whole robot on this machine: letters in, decisions, answers out
	@$(BIN)/mailbot demo

install: .venv/run ## mailbot in .venv/bin, for a site of your own

lint: .venv/dev ## style, layers and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/mypy

# The crashes keep one core busy while the live servers mostly wait.
test: .venv/dev lint ## everything; as root also against Dovecot, Postfix and PostgreSQL, which it installs
	tests/servers/install
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target crashes others

crashes: .venv/dev
	$(BIN)/pytest tests/crash

others: .venv/dev
	$(BIN)/pytest --ignore=tests/crash

bench: .venv/dev ## the benchmarks: see bench/README.md
	$(BIN)/python bench/table.py

requirements: ## pin anew the newest versions that pyproject.toml allows
	requirements/pin

clean: ## take away what the other targets made
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A stamp for each set of packages. mailbot itself is installed from this folder, without asking the network.
.venv/run: requirements/run.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mailbot needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.venv/dev: .venv/run requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
