# Billhouse: `make help` lists what one can do.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
CONFIG ?= billhouse.toml

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test unit lint format bench docs new-gateway new-helpdesk helpdesk-apps lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## make the virtual environment and check the system's libraries

$(VENV)/.ready: requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh $(PYTHON) $(VENV)

demo: setup ## run the whole road on a made-up company: make demo ARGS="--once --json"
	@$(BIN)/billhouse demo $(ARGS)

serve: setup ## serve with your own CONFIG=billhouse.toml: screens, portal, worker, Dagster
	@$(BIN)/billhouse --config $(CONFIG) serve $(ARGS)

test: setup ## run all tests (about 40 minutes on two cores)
	@sh tools/system.sh browser
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

unit: setup ## run the quick tests alone (less than a minute)
	@$(BIN)/python -m pytest -n 2 -m "not slow and not browser and not served" $(ARGS)

lint: setup ## ruff, mypy, import layers, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models

format: setup ## put the code in its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## measure, each figure against its floor
	@$(BIN)/python -m benchmarks $(ARGS)

docs: setup ## the documentation of the models (dbt docs), from what CONFIG loaded
	@$(BIN)/billhouse --config $(CONFIG) docs $(ARGS)

new-gateway: setup ## scaffold a gateway: make new-gateway name=acme
	@$(BIN)/python -m tools.scaffold gateway $(name)

new-helpdesk: setup ## scaffold a helpdesk: make new-helpdesk name=acme
	@$(BIN)/python -m tools.scaffold helpdesk $(name)

helpdesk-apps: setup ## what administrators install in each helpdesk, into var/apps, for the portal_url of CONFIG
	@$(BIN)/python -m tools.helpdesk_apps --config $(CONFIG) $(ARGS)

lock: ## make requirements.lock anew from requirements.in (needs uv)
	@uv pip compile requirements.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --quiet -o requirements.lock

clean: ## remove the virtual environment and everything that a run left behind
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dbt_project/target
