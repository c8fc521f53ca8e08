# Two commands: make start, make test. The rest is for developers.
SHELL := /bin/sh
PORT ?= 8000
HOST ?= 127.0.0.1
VENV ?= .venv
BIN := $(VENV)/bin
SPECTRAL := 6.16.3
AXE := 4.14.1
PDFJS := 6.5.438
PDFJS_HOME := $(VENV)/share/handwijzer/pdfjs-$(PDFJS)
export VENV

.PHONY: setup-test start test check lint types unit browser axe ocr postgres redis spectral pdfjs fix lock corpus figures clean

start:
	@sh setup.sh start
	@test -d $(PDFJS_HOME)/node_modules || { command -v npm >/dev/null && \
		npm_config_fetch_retries=0 npm_config_fetch_timeout=20000 $(MAKE) -s pdfjs 2>/dev/null; } || \
		echo "pdf.js is er niet (npm of de verbinding ontbreekt): bronnen in pdf openen in de eigen pdf-lezer van de browser."
	@$(BIN)/handwijzer serve --ingest-first --host $(HOST) --port $(PORT)

test: check unit

check: setup-test lint types

setup-test:
	@sh setup.sh test

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: setup-test
	$(BIN)/mypy

browser:
	@test -x /usr/bin/chromium || sh .ci/debian "de tests in een browser" chromium

ocr:
	@tesseract --list-langs 2>/dev/null | grep -qx nld || \
		sh .ci/debian "de tests van tekstherkenning" tesseract-ocr tesseract-ocr-nld

redis:
	@test -x /usr/bin/redis-server || sh .ci/debian "de tests van gedeelde limieten" redis-server

postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || sh .ci/postgres

axe: setup-test
	@test -d $(VENV)/axe-core-$(AXE)/node_modules || sh .ci/npm $(VENV)/axe-core-$(AXE) axe-core $(AXE)

# What shows a PDF at the page of a source. It is served, so it stays where the program finds it; others come away.
pdfjs:
	@test -d $(PDFJS_HOME)/node_modules || { rm -rf $(VENV)/share/handwijzer/pdfjs-* && \
		sh .ci/npm $(PDFJS_HOME) pdfjs-dist $(PDFJS) --omit=optional; }

# Without the rules that stand beside the repository there is nothing to lint by.
spectral: setup-test
	@test ! -e ../shared/standards || test -d $(VENV)/spectral-$(SPECTRAL)/node_modules || \
		sh .ci/npm $(VENV)/spectral-$(SPECTRAL) @stoplight/spectral-cli $(SPECTRAL)

unit: setup-test browser axe ocr postgres redis spectral pdfjs
	$(BIN)/python -m pytest

fix: setup-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	sh .ci/lock

corpus: setup-test
	$(BIN)/python -m pip install -q -e ".[corpus]"
	$(BIN)/python corpus/_bron/maak.py

figures: setup-test
	$(BIN)/python -m eval.doc_figures

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
