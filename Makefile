# Everything is set up by the command you give: `make demo` and `make test` need Python 3.11 or newer, git and make.

PYTHON ?= python3
PORT ?= 8000
HUB = .venv/bin/hub
READY = .venv/.ready

.PHONY: help demo tour test prove lint types bench clean

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(READY)

demo: $(READY) ## A whole made-up world on http://127.0.0.1:8000 (PORT changes it)
	@$(HUB) demo --port $(PORT)

tour: $(READY) ## The story of one apprentice, against a demo of its own
	@$(HUB) tour --spawn

lint: $(READY) ## Style
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: $(READY) ## Types
	.venv/bin/mypy

test: $(READY) lint types ## Every test but the long ones
	.venv/bin/python -m pytest -m "not deep"

prove: $(READY) ## The long generated and crash tests
	.venv/bin/python -m pytest -m deep

bench: $(READY) ## 200,000 apprentices against a hand-written route and against resolvers
	.venv/bin/python -m bench

clean: ## Away with .venv and caches (the demo's data stays in .hub)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
