# Two commands matter: `make demo` and `make test`. Both set up what they need.
.DEFAULT_GOAL := help
# Where nobody may write bytecode, each of many short processes would compile all of Django again.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo up test test-long lint bench docs clean

help: ## Show these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## Make .venv from the lock file, and install the system packages that the demo needs (again: does no harm)
	@scripts/setup

demo: setup ## Play the whole story against an embedded clearinghouse; ends with the address of the running site
	@.venv/bin/seawall demo

up: setup ## Start a server with an empty database
	@.venv/bin/seawall up

test: ## Lint and all tests, on SQLite and (where one is found) on PostgreSQL; a quarter of an hour on two quiet cores
	@scripts/setup tests
	@$(MAKE) --no-print-directory lint
	@.venv/bin/python scripts/run_tests.py

test-long: ## The same with the tests that take minutes
	@scripts/setup tests long
	@.venv/bin/python scripts/run_tests.py --long

lint: setup ## Style, types and the import contracts
	@.venv/bin/ruff check --quiet
	@.venv/bin/ruff format --check --quiet
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo --no-cache

bench: setup ## Run every benchmark (SIZE=n for another size); each prints one JSON line last
	@for file in bench/*.py; do echo "$$file"; .venv/bin/python $$file $(if $(SIZE),--size $(SIZE)) || exit 1; done

docs: setup ## Build the documentation into docs/_build
	@.venv-tools/bin/uv sync --quiet --locked --inexact --group docs
	@.venv/bin/sphinx-build -q -W docs docs/_build

clean: ## Remove what was built; the data in var/ stays
	@rm -rf .venv .venv-tools .mypy_cache .ruff_cache .pytest_cache .hypothesis docs/_build build dist
