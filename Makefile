# The one interface. `make` alone prints this help.

PY ?= python3
V := .venv
BIN := $(V)/bin
STAMPS := $(V)/.stamps
PORT ?= 8000
export PORT
# A proxy that re-signs TLS, usual in hospitals, is known to the system and not to uv.
export UV_SYSTEM_CERTS := 1
export UV_NO_PROGRESS := 1
# Written once here, or every process compiles every library anew.
unexport PYTHONDONTWRITEBYTECODE
UV := $(BIN)/uv pip install --quiet --require-hashes --python $(BIN)/python
FLASK := $(BIN)/flask --app wsgi
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup run test bench lint types audit lock clean

help:  ## print this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMPS)/run  ## make the environment and the database, and stop there
	@$(FLASK) upgrade

run: setup  ## serve the demonstration on 127.0.0.1:$PORT (8000), scheduler included
	@$(FLASK) demo --if-empty
	@exec $(FLASK) serve

test: $(STAMPS)/dev  ## lint, types and every test, on SQLite and PostgreSQL, with a browser
	@sh scripts/system-deps
	@$(MAKE) --no-print-directory --jobs=2 lint types
	@$(BIN)/python -m pytest -q -n 3 --dist loadscope

bench: $(STAMPS)/dev  ## every case of every test, then the benchmarks, as JSON lines
	@EVERY_CASE=1 $(BIN)/python -m pytest -q -n 3 --dist loadscope >&2
	@$(BIN)/python -m bench

lint: $(STAMPS)/dev  ## what ruff and bandit find, and whether every file has the one format
	@$(BIN)/ruff check --no-cache --quiet .
	@$(BIN)/ruff format --no-cache --quiet --check .
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive tracker config.py \
		settings_checks.py wsgi.py 2>/dev/null

types: $(STAMPS)/dev  ## what mypy finds
	@$(BIN)/mypy --no-error-summary

audit: $(STAMPS)/dev  ## known holes in the locked packages; asks PyPI
	@$(BIN)/python scripts/audit-packages requirements.txt requirements-dev.txt

lock: $(STAMPS)/uv  ## resolve requirements*.in anew into the locked files
	@$(LOCK) --upgrade -o requirements.txt requirements.in
	@$(LOCK) --upgrade -o requirements-dev.txt requirements-dev.in

clean:  ## remove environment and caches; the database stays
	rm -rf $(V) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Stamps live in the environment: a removed environment takes them along.
$(STAMPS)/uv: requirements-uv.txt scripts/make-environment
	@sh scripts/make-environment $(PY) $(V)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/uv requirements.txt
	@$(UV) -r requirements.txt && touch $@

$(STAMPS)/dev: $(STAMPS)/run requirements-dev.txt
	@$(UV) -r requirements-dev.txt && touch $@
