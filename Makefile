# Two commands: make start, make test. The rest is for developers.
SHELL := /bin/sh
PORT ?= 8000
HOST ?= 127.0.0.1
VENV ?= .venv
BIN := $(VENV)/bin
SPECTRAL := 6.16.3
AXE := 4.14.1
export VENV

.PHONY: setup-test start test check lint types unit browser axe ocr postgres redis spectral fix lock corpus figures clean

start:
	@sh setup.sh start
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

# Without the rules that stand beside the repository there is nothing to lint by.
spectral: setup-test
	@test ! -e ../shared/standards || test -d $(VENV)/spectral-$(SPECTRAL)/node_modules || \
		sh .ci/npm $(VENV)/spectral-$(SPECTRAL) @stoplight/spectral-cli $(SPECTRAL)

unit: setup-test browser axe ocr postgres redis spectral
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
