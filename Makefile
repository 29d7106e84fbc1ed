# make run    the whole portal on this machine, with its own PostgreSQL and broker; nothing else is needed
# make test   the whole test suite on all cores; ARGS="-k referral" picks tests, ARGS="-n 0" takes one core
# make lint   what the linters say
# Paths are relative on purpose: make splits absolute ones at spaces.
SHELL := /bin/bash
PYTHON ?=
PY := .venv/bin/python
ARGS ?=

.PHONY: run test lint setup setup-dev browser
.DEFAULT_GOAL := run

run: setup
	@exec $(PY) -m cus_portal.run $(ARGS)

test: setup-dev browser
	@mkdir -p static
	$(PY) manage.py translations compile
	$(PY) -m pytest -n auto --dist loadgroup $(ARGS)

lint: setup-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint --lint templates
	$(PY) -m mypy

setup:
	@PYTHON="$(PYTHON)" bash deploy/setup.sh requirements.txt

setup-dev:
	@PYTHON="$(PYTHON)" bash deploy/setup.sh requirements-dev.txt

browser: setup-dev
	@$(PY) -m tests.browser
