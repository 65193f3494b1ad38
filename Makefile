# Hygie: the commands of the house. `make help` lists them.
#
# Does:   `setup` brings a Debian 12 with git, make and Python to a working checkout, and is quiet
#         and fast when nothing is to do; `demo` and `test` begin with it.
# Never:  installs anything that is not pinned: Python packages come from the lock, with hashes.
# Fails:  with one line that says what is missing and what to do.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint limits leaves quality eval-peers probes hostile bench fuzz mutation lock clean

LOCK := requirements-dev.lock
PYTEST_ARGS ?=
WORKERS ?= 2
PROBES ?=
BENCH ?=
SECONDS ?= 60
TARGETS ?=
FOLDER ?=
MUTATION ?=
UV ?= uv
CORPUS ?= $(or $(HYGIE_CORPUS),../shared/corpus)
PEERS ?= .venv-peers
LIMIT ?= 40
RUN ?=
COMPARED ?=

help: ## Show this list.
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 20

setup: ## Install what is missing: Debian packages, .venv, the locked Python packages, Hygie itself.
	@deploy/debian/setup.sh

demo: setup ## Send ten messages through a private Postfix and Hygie; show where each copy landed.
	@PYTHONPATH=tests .venv/bin/python demo/demo.py

test: setup lint ## Lint, types, import directions, then all tests (PYTEST_ARGS="-k nir" to choose, WORKERS=0 for one process).
	@.venv/bin/python -m pytest --numprocesses $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

lint: setup ## Lint, format, types, import directions.
	@.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

limits: setup ## Write docs/limits.md again from the code.
	@.venv/bin/python docs/limits.py

leaves: setup ## Fill the pages of docs/feuilles/ again from the code: fields, and what explain says.
	@.venv/bin/python docs/feuilles.py

quality: setup ## Write docs/quality.md from a run on CORPUS=dir, or RUN=file of "hygie eval --save"; COMPARED=file of eval-peers.
	@PYTHONPATH=tests .venv/bin/python docs/quality.py --corpus "$(CORPUS)" --run "$(RUN)" --compared "$(COMPARED)"

# The peers live apart: their model and EDS-NLP are no part of the product nor of its locks.
eval-peers: setup ## Hygie beside its peers on CORPUS=dir, in their own environment (PEERS=dir, LIMIT=files a label, COMPARED=file).
	@if [[ ! -x "$(PEERS)/bin/python" ]]; then
		.venv/bin/python -m venv "$(PEERS)"
		"$(PEERS)/bin/pip" install --quiet --requirement tests/peers/requirements.txt \
			|| { rm -rf "$(PEERS)"; echo "make eval-peers: the peers could not be installed" >&2; exit 2; }
	fi
	PYTHONPATH=tests .venv/bin/python tests/peers/compare.py "$(CORPUS)" --peers "$(PEERS)" --limit "$(LIMIT)" $(if $(COMPARED),--save "$(COMPARED)")

probes: setup ## Write six probe strings into every container there is; show what is found (PROBES="--peers DIR").
	@PYTHONPATH=tests .venv/bin/python tests/probes/probes.py $(PROBES)

hostile: setup ## Read every hostile file through real workers; show the reason, time and memory of each.
	@PYTHONPATH=tests .venv/bin/python tests/hostile/hostile.py

bench: setup ## Time and memory of each format, beside the bare library (BENCH="--quick --only pdf --json FILE").
	@.venv/bin/python tests/bench/bench_formats.py $(BENCH)

fuzz: setup ## Fuzz readers by coverage (SECONDS=1200 of CPU each, TARGETS="mime archive", FOLDER= to go on in).
	@PYTHONPATH=tests .venv/bin/python -m fuzz.fuzz $(TARGETS) --seconds $(SECONDS) $(if $(FOLDER),--folder $(FOLDER))

mutation: setup ## Change what decides, loads and masks, place by place; say what no test notices (MUTATION="--sample 0 --only decide").
	@.venv/bin/python tests/mutation/mutation.py $(MUTATION)

# The versions and hashes of everything, for Linux and Python 3.11 or later; wheels of all processors are
# in it. Versions already locked stay unless UPGRADE=--upgrade is given. Index options of the machine are
# left out on purpose: the hashes must be those of the public registry.
COMPILE = $(UV) pip compile --quiet --no-config --generate-hashes --no-emit-index-url --no-annotate \
	--no-header --python-version 3.11 --python-platform linux $(UPGRADE)

lock: ## Resolve pyproject.toml again into the two lock files (UPGRADE=--upgrade for newer versions).
	@command -v $(UV) >/dev/null || { echo "make lock: uv not found; install it and give UV=path/to/uv" >&2; exit 2; }
	compile() {  # head comment, file, then the options of uv
		local head="$$1" file="$$2"; shift 2
		$(COMPILE) --output-file "$$file" "$$@" pyproject.toml >/dev/null
		{
			echo "# $$head"
			echo '# Made by "make lock" from pyproject.toml (needs uv, on the PATH or as UV=path/to/uv); do not edit.'
			cat "$$file"
		} >"$$file.new"
		mv "$$file.new" "$$file"
	}
	compile "What Hygie needs to run, pinned with hashes." requirements.lock
	compile "The same and what building, testing and the demo need, pinned with hashes." $(LOCK) \
		--constraint requirements.lock --group dev

clean: ## Remove the virtual environment and every cache.
	@rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
