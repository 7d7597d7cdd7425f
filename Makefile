# Two commands on a fresh machine with Python 3.11: `make demo` and `make test`. `just` has the rest.
PYTHON ?= python3.11
VENV ?= .venv
PIP = $(VENV)/bin/pip --disable-pip-version-check install --quiet

.PHONY: demo test install install-tests

demo: install
	@$(VENV)/bin/python examples/make.py
	@$(VENV)/bin/hauberk scan examples -o table -o html=demo-report.html; code=$$?; \
	 echo; echo "exit code $$code (1: a finding stops). The report: demo-report.html"; test $$code -eq 1

test: install-tests
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh tools/check.sh

install: $(VENV)/.installed

install-tests: $(VENV)/.installed-tests

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python requirements/core.txt pyproject.toml $(shell find src -type f -not -name '*.pyc')
	@echo "installing Hauberk into $(VENV)"
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/core.txt
	@$(PIP) --no-deps --no-build-isolation --force-reinstall .
	@touch $@

$(VENV)/.installed-tests: $(VENV)/.installed requirements/test.txt
	@echo "installing what the tests need (some minutes the first time)"
	@$(PIP) torch==2.13.0
	@$(PIP) --require-hashes -r requirements/test.txt
	@sh tools/install-chromium.sh
	@touch $@
