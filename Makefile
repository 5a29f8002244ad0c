# Kalm. `make run` sets up and serves; `make test` sets up and runs every test.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
LOCK := $(BIN)/uv pip compile -q --universal --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header
COMPILE := $(LOCK) --python-version 3.11 pyproject.toml
RASA := .venv-rasa

.PHONY: run setup setup-test test check bench bench-speed lock rasa setup-rasa
.DELETE_ON_ERROR:

run: setup
	$(BIN)/kalm serve

setup: $(VENV)/.bot
setup-test: $(VENV)/.test

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Kalm needs Python 3.11, 3.12 or 3.13: install one, or run: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.bot: requirements/bot.txt pyproject.toml | $(BIN)/python
	@echo "Installing Kalm's dependencies (details in $(VENV)/install.log) ..."
	@$(BIN)/pip install --require-hashes -r requirements/bot.txt > $(VENV)/install.log 2>&1 || { tail -n 20 $(VENV)/install.log; exit 1; }
	@$(BIN)/pip install --no-deps --no-build-isolation -e . >> $(VENV)/install.log 2>&1 || { tail -n 20 $(VENV)/install.log; exit 1; }
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.bot
	@echo "Installing what tests need (details in $(VENV)/install.log) ..."
	@$(BIN)/pip install --require-hashes -r requirements/test.txt >> $(VENV)/install.log 2>&1 || { tail -n 20 $(VENV)/install.log; exit 1; }
	@touch $@

# Rasa needs a Python, and versions of its libraries, that nothing else of Kalm can use.
rasa: setup-rasa
	deploy/rasa/serve

setup-rasa: $(RASA)/.installed

$(RASA)/bin/python:
	@python=$$(RASA_PYTHON="$(RASA_PYTHON)" deploy/rasa/find-python) && "$$python" -m venv $(RASA)

$(RASA)/.installed: requirements/rasa.txt | $(RASA)/bin/python
	@echo "Installing Rasa and TensorFlow, 2.7 GB (details in $(RASA)/install.log) ..."
	@$(RASA)/bin/pip install --require-hashes -r requirements/rasa.txt > $(RASA)/install.log 2>&1 || { tail -n 20 $(RASA)/install.log; exit 1; }
	@touch $@

# Tests that need no weights, no browser and no Rasa: side by side. The others keep both cores
# busy by themselves, in the time of real calls.
EVERYDAY := not models and not browser and not rasa and not kills

check: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m "$(EVERYDAY)"

test: setup-test
	tests/needs.sh
	@if deploy/rasa/find-python > /dev/null 2>&1; then $(MAKE) setup-rasa; \
	else echo "No Python 3.10 here: the tests of Rasa are skipped (make setup-rasa tells more)."; fi
	$(BIN)/kalm models fetch
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m "$(EVERYDAY)"
	$(BIN)/pytest -m "not ($(EVERYDAY))"

# What docs/ tell in figures, each printed as it is measured. First speed and hearing, some twenty
# minutes, which writes docs/performance.md (`make bench-speed` does only that); the rest takes
# more than an hour. DATA is a folder with the public sets that docs/mood.md, understanding.md and
# hearing.md name.
BENCHES = "bench/mood_suites.py" "bench/wrong_endings.py" "bench/card.py" "-m bench.offers" \
  "-m bench.expected_wait" "$(BIN)/kalm simulate" "bench/bridge.py" \
  "bench/spoken_rungs.py --out $$(mktemp)"
OF_DATA = "bench/mood_words.py report" "bench/mood_agreement.py" "bench/mood_voice.py" \
  "bench/bars.py" "bench/out_of_scope.py"

PERFORMANCE = $(BIN)/python bench/performance.py $(if $(DATA),--data "$(DATA)")

bench-speed: setup-test
	tests/needs.sh
	$(BIN)/kalm models fetch
	$(PERFORMANCE)

bench: setup-test
	tests/needs.sh
	$(BIN)/kalm models fetch
	@failed=0; \
	$(PERFORMANCE) || failed=1; \
	for one in $(BENCHES); do \
	  echo; echo "== $$one"; $(BIN)/python $$one || failed=1; \
	done; \
	for one in $(if $(DATA),$(OF_DATA)); do \
	  echo; echo "== $$one --data $(DATA)"; $(BIN)/python $$one --data "$(DATA)" || failed=1; \
	done; \
	$(if $(DATA),,echo; echo "The rest needs public data: make bench DATA=FOLDER";) \
	exit $$failed

lock:
	$(COMPILE) -o requirements/bot.txt
	$(COMPILE) --group test -c requirements/bot.txt -o requirements/test.txt
	$(LOCK) --python-version 3.10 requirements/rasa.in -o requirements/rasa.txt
