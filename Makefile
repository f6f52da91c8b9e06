# Every target works in a fresh clone: `uv` is taken from the machine or installed into .uv/.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
COMPANY_DIR ?= data/sample_company
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen --no-sync

COMPANIES ?= companies

export COMPANY_DIR
export DAGSTER_HOME ?= $(CURDIR)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.uv/bin/uv:
	@echo "Installing uv into .uv/ ..."
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'

.venv/.synced: pyproject.toml uv.lock $(if $(findstring .uv/,$(UV)),.uv/bin/uv)
	@echo "Installing the locked packages into .venv/ ..."
	@# Compiled once here; where Python may not write bytecode, every start would compile for 10 s.
	@$(UV) sync --frozen --quiet --compile-bytecode
	@$(RUN) python -m compileall -q orchestration
	@$(RUN) python -c "from orchestration import warehouse; warehouse.prepare()"
	@touch $@

.PHONY: install
install: .venv/.synced ## Install the locked packages into .venv

.PHONY: install-spark
install-spark: install ## Install Apache Spark (half a gigabyte); Java 17 must be there
	@command -v java >/dev/null || [ -x "$$JAVA_HOME/bin/java" ] || { \
		echo "Spark needs Java 17 or newer. Debian: apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	@$(UV) sync --frozen --quiet --inexact --extra spark

.PHONY: install-clickhouse
install-clickhouse: install ## Install dbt-clickhouse, and for the tests ClickHouse's engine (half a gigabyte)
	@$(UV) sync --frozen --quiet --inexact --extra clickhouse --group clickhouse-engine

.PHONY: cluster-demo
cluster-demo: install-spark ## Run a small company on a real Spark cluster and compare its marts with DuckDB's
	@$(RUN) python -m tests.engines.cluster_demo

.PHONY: run
run: install ## Run the daily job on COMPANY_DIR (default: the sample company)
	@$(RUN) marketing-kpi run --company "$(COMPANY_DIR)"

.PHONY: ui
ui: install ## Start Dagster's web server and daemon on port 3000
	@mkdir -p .dagster
	@$(RUN) dg dev --port $${PORT:-3000}

.PHONY: fleet-ui
fleet-ui: export KPI_FLEET_DIR ?= $(abspath $(COMPANIES))
fleet-ui: install ## The same for every company of the folder COMPANIES
	@mkdir -p .dagster
	@$(RUN) dagster dev --module-name orchestration.fleet.definitions --port $${PORT:-3000}

# A third process for two cores: tests wait for servers, browsers and processes of their own.
.PHONY: test
test: install ## Run the whole test suite
	@$(RUN) pytest --numprocesses 3 --durations 40

.PHONY: lint
lint: install ## Check style and types of Python, SQL and YAML
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) yamllint --strict .
	$(RUN) sqlfluff lint --processes 2 dbt_project/models dbt_project/tests docs/queries

.PHONY: format
format: install ## Mend what the linters can mend by themselves
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	$(RUN) sqlfluff fix --processes 2 dbt_project/models dbt_project/tests docs/queries

.PHONY: check
check: install ## Load the Dagster definitions and parse the dbt project
	@$(RUN) marketing-kpi doctor --company "$(COMPANY_DIR)"
	@$(RUN) dg check defs

.PHONY: docs
docs: install ## Build the documentation site into site/; then pages about models for COMPANY_DIR
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet
	@echo "site/index.html"
	@$(RUN) marketing-kpi docs --if-published --company "$(COMPANY_DIR)"

.PHONY: screenshots
screenshots: install ## Take the documentation's pictures of the pages published for COMPANY_DIR
	@$(RUN) python -m docs.hooks.screenshots

.PHONY: bench
bench: install ## Run the benchmarks; BENCH_ARGS="--size 1000000" for another size
	@$(RUN) python -m benchmarks $(BENCH_ARGS)

.PHONY: bench-scale
bench-scale: install ## Measure how runs grow with visits; BENCH_ARGS="--size 10000000" for another size
	@$(RUN) python -m benchmarks.scale $(BENCH_ARGS)
	@$(RUN) python -m benchmarks.scale --table

.PHONY: clean
clean: ## Remove everything that can be made again (not the lake of your companies)
	rm -rf .venv .uv .dagster site .pytest_cache .mypy_cache .ruff_cache dbt_project/target dbt_project/logs
