# The commands of the house; `make help` explains them.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
SPEED ?= 1
PORT ?= 8000
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench bench-solver bench-city bench-scale bench-live bench-tracking lock messages clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(VENV)/.packages $(VENV)/.pages $(VENV)/.kernel  ## Make the environment in .venv, fetch the page's libraries, compile the solver's and tracking's kernels; quick when nothing is missing

$(VENV)/.packages: requirements.lock pyproject.toml
	@python=$$(scripts/find-python) || exit 1; \
	if [ ! -x $(PY) ] || ! $(PY) -c 'import pip, sys; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
		echo "making $(VENV) with $$python"; "$$python" -m venv --clear $(VENV) || exit 1; \
	fi
	@echo "installing Python packages ..."
	@$(PY) -m pip install -qq --disable-pip-version-check --no-input --require-hashes --requirement requirements.lock </dev/null
	@PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable . </dev/null 2>/dev/null || { echo "could not install Corridor itself into $(VENV)" >&2; exit 1; }
	@touch $@

$(VENV)/.pages: $(VENV)/.packages api/console/package.json api/console/package-lock.json api/console/vendor.py
	@echo "fetching the page's libraries ..."
	@cd api/console && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent </dev/null
	@$(PY) -m api.console.vendor
	@touch $@

$(VENV)/.kernel: $(VENV)/.packages $(wildcard routing/solver/kernel/*.py) $(wildcard tracking/kernel/*.py)
	@echo "compiling the solver's kernel and tracking's detectors ..."
	@$(PY) -m routing.solver.kernel.warm_up >/dev/null
	@$(PY) -m tracking.kernel.warm_up >/dev/null
	@touch $@

run: setup  ## Set up, then start the demo on 127.0.0.1:8000 (SPEED=20 runs the day faster, PORT=8001 elsewhere)
	@$(VENV)/bin/corridor demo --speed $(SPEED) --port $(PORT)

test: setup  ## Set up, then run every test (ARGS="tests/zones -k border" a part, COVERAGE=1 with branch coverage)
	@scripts/find-browser $(PY)
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(if $(COVERAGE),--cov --cov-branch) $(ARGS)

check: setup  ## Format, lint, types, layers
	@$(VENV)/bin/ruff format --check --quiet . || { echo "run: .venv/bin/ruff format ."; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy --no-error-summary
	@$(VENV)/bin/lint-imports --no-cache >/tmp/corridor-layers.$$$$ 2>&1 || { cat /tmp/corridor-layers.$$$$; rm -f /tmp/corridor-layers.$$$$; exit 1; }; rm -f /tmp/corridor-layers.$$$$
	@echo "format, lint, types and layers: all good"

BENCH_ARGS = $(if $(FULL),--full) $(if $(ONLY),--only '$(ONLY)') $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEEDS),--seeds $(SEEDS))

bench: bench-solver bench-city bench-scale bench-live bench-tracking  ## Every benchmark, one after another, as tables and JSON in benchmarks/results

bench-solver: setup  ## The solver beside PyVRP, VROOM and OR-Tools (FULL=1 everything; ONLY=R1 SECONDS=10,30 SEEDS=5 a part)
	@$(PY) -m benchmarks.bench_solver $(BENCH_ARGS) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

bench-city: setup  ## The solver beside PyVRP and VROOM on days of real cities (FULL=1, ONLY=porto SECONDS=10 SEEDS=5)
	@$(PY) -m benchmarks.bench_city $(BENCH_ARGS) $(ARGS)

bench-scale: setup  ## 5,000 orders of one day over 14 cities; time and memory by number of stops, with a plot (FULL=1, ONLY=day)
	@$(PY) -m benchmarks.bench_scale $(if $(FULL),--full) $(if $(ONLY),--only '$(ONLY)') $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

bench-live: setup  ## One more order in a running plan of 1,000 stops, a search around it, slots on the phone
	@$(PY) -m benchmarks.bench_live $(ARGS)

bench-tracking: setup  ## Detectors and arrival times on simulated days and recorded tracks, beside their goals, with plots (ARGS="--quick" two minutes)
	@$(PY) -m benchmarks.bench_tracking $(ARGS)

lock: $(VENV)/.packages  ## Pin every dependency anew, with hashes and without addresses
	@$(VENV)/bin/pip-compile --quiet --all-extras --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock pyproject.toml
	@touch $(VENV)/.packages

messages: setup  ## Collect user-visible texts into the catalogues of the five languages
	@$(PY) scripts/messages.py

clean:  ## Remove the environment, the demo's data and everything built
	rm -rf $(VENV) node_modules api/console/vendor var build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
