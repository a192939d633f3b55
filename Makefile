# Needs Python 3.11 or newer, git and make; everything else is put into .venv, every file of it checked by its hash.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: demo test prove lint bench bench-peer conformance federation node sbom

# Some processes of tests, each with a PostgreSQL of its own: one more than there are cores, four at most, for many wait. A file's tests stay together.
SIDE_BY_SIDE = -n $$($(VENV)/bin/python -c 'import os; print(min(4, 1 + os.cpu_count()))') --dist loadfile

demo: $(READY)
	@exec $(VENV)/bin/hub demo

test: lint
	$(VENV)/bin/python -m pytest $(SIDE_BY_SIDE) -m "not deep and not conformance and not federation"

prove: $(READY)
	$(VENV)/bin/python -m pytest -m deep

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

bench: $(READY)
	$(VENV)/bin/python -m bench
	$(VENV)/bin/python -m bench.limits

# What the hub is made of, as CycloneDX: the same lock makes the same bytes.
sbom: $(READY)
	$(VENV)/bin/python -m infra.sbom build/sbom.cdx.json

PEER := bench/peer/node_modules/.package-lock.json

bench-peer: $(READY) $(PEER)
	$(VENV)/bin/python -m bench.peer

$(PEER): bench/peer/package-lock.json
	@command -v npm >/dev/null || { echo "make bench-peer needs npm, which installs PostGraphile and, on 64-bit Linux, Node 22 with it" >&2; exit 1; }
	npm ci --prefix bench/peer --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Other people's clients and auditors: those of npm in their folder, those of Python in venvs of their own.
PLAYED := tests/conformance
OTHERS := $(PLAYED)/.venv/clients/.ready $(PLAYED)/.venv/codegen/.ready

conformance: node $(READY) $(PLAYED)/node_modules/.package-lock.json $(OTHERS)
	$(VENV)/bin/python -m pytest -m conformance $(PLAYED)

ROUTER := infra/router

federation: node $(READY) $(ROUTER)/node_modules/.package-lock.json
	$(VENV)/bin/python -m pytest -m federation
	$(VENV)/bin/hub federation --tour --port 0

$(ROUTER)/node_modules/.package-lock.json: $(ROUTER)/package.json $(ROUTER)/package-lock.json
	npm ci --prefix $(ROUTER) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

node:
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' && npm --version >/dev/null || \
		{ echo "This needs Node 20 or newer, with npm, on the PATH." >&2; exit 1; }

$(PLAYED)/node_modules/.package-lock.json: $(PLAYED)/package.json $(PLAYED)/package-lock.json
	npm ci --prefix $(PLAYED) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(PLAYED)/.venv/%/.ready: $(PLAYED)/requirements-%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(READY)
