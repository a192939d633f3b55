# Needs Python 3.11 or newer, git and make; everything else is put into .venv, every file of it checked by its hash.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: demo test prove lint bench

demo: $(READY)
	@exec $(VENV)/bin/hub demo

test: lint
	$(VENV)/bin/python -m pytest -m "not deep"

prove: $(READY)
	$(VENV)/bin/python -m pytest -m deep

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

bench: $(READY)
	$(VENV)/bin/python -m bench

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(READY)
