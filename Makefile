# Wellspoken. `make` alone lists what there is to do.
# Needs GNU make, a plain sh and Python 3.11 or newer with venv and pip; everything else is installed into .venv.

VENV := .venv
BIN := $(VENV)/bin
RASA := .venv-rasa
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PYTHONS := python3.13 python3.12 python3.11 python3.14 python3 python
# Set PYTHON to a Python to use that one; JOBS to run tests in more processes; ARGS to hand pytest more.
PYTHON ?=
JOBS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help install dev run test check bench gates rasa sound

help: ## list what there is to do
	@echo "Wellspoken: the conversation a clinic has with its patients"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile
	@echo
	@echo "  PYTHON=... picks a Python, JOBS=4 runs tests in four processes, ARGS='-k booking' picks tests"

install: sound $(VENV)/.installed ## make .venv and put the program in it, packages pinned by hash

run: install ## serve the demo clinic: web chat, staff inbox, demo phone
	@exec $(BIN)/wellspoken serve --demo

test: dev ## run every test; a skipped one has failed
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

check: dev ## format, lint, types, import contracts, training data, golden conversations
	@failed=; \
	step() { name=$$1; shift; echo "== $$name"; "$$@" || failed="$$failed $$name,"; }; \
	step format $(BIN)/ruff format --check .; \
	step lint $(BIN)/ruff check .; \
	step types $(BIN)/mypy; \
	step imports $(BIN)/lint-imports; \
	step "training data" $(BIN)/wellspoken nlu validate; \
	step conversations $(BIN)/wellspoken conversations test tests/conversations; \
	if [ -n "$$failed" ]; then echo "check: failed:$${failed%,}" >&2; exit 1; fi; \
	echo "check: all good"

bench: install ## run the benchmarks; each prints JSON
	@found=; for file in benchmarks/*.py; do \
		[ -e "$$file" ] || continue; found=yes; echo "== $$file" >&2; $(BIN)/python "$$file" || exit 1; \
	done; \
	if [ -z "$$found" ]; then echo "bench: no benchmark in benchmarks/" >&2; exit 1; fi

gates: dev ## the tests in their long forms; takes hours
	@GATES=long $(BIN)/python -m pytest -n $(JOBS) --timeout=14400 $(ARGS)

rasa: install $(RASA)/.installed ## train Rasa in an environment of its own and serve it here, for NLU_ENGINE=rasa make run
	@exec $(BIN)/python -m nlu.rasa.house --rasa $(RASA)/bin/rasa --folder $(RASA)/wellspoken $(ARGS)

# Rasa 3.6 needs Python 3.10 and pins what we do not; the two environments share nothing.
$(RASA)/.installed: requirements/rasa.txt
	@chosen=; pyenv=$$(pyenv root 2>/dev/null || true); \
	for name in $(or $(RASA_PYTHON),python3.10 "$$pyenv"/versions/3.10.*/bin/python); do \
		if "$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; then chosen=$$name; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then echo "make rasa: needs Python 3.10 with venv; set RASA_PYTHON to one" >&2; exit 1; fi; \
	rm -rf $(RASA) && "$$chosen" -m venv $(RASA)
	@$(RASA)/bin/python -m pip --disable-pip-version-check --no-input --quiet install --require-hashes -r requirements/rasa.txt
	@touch $@

dev: install $(VENV)/.dev

# A .venv moved or copied here from elsewhere would run the code it came from.
sound:
	@if [ -e $(VENV)/.place ] && [ "$$(cat $(VENV)/.place)" != "$(CURDIR)" ]; then \
		echo "make: .venv was made for $$(cat $(VENV)/.place); remove it (rm -rf .venv) and run make again" >&2; exit 1; \
	fi
	@if [ -e $(BIN)/python ] && ! $(BIN)/python -c '' 2>/dev/null; then \
		echo "make: the Python that .venv was made with is gone; remove it (rm -rf .venv) and run make again" >&2; exit 1; \
	fi

$(VENV)/.place:
	@chosen=; old=; bare=; \
	for name in $(or $(PYTHON),$(PYTHONS)); do \
		version=$$("$$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
		if ! "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then old=$$version; continue; fi; \
		if ! "$$name" -c 'import ensurepip, venv' 2>/dev/null; then bare=$$name; continue; fi; \
		chosen=$$name; break; \
	done; \
	if [ -z "$$chosen" ] && [ -n "$$bare" ]; then \
		echo "make: $$bare has no venv or no pip module; install them (on Debian and Ubuntu: the package python3-venv)" >&2; exit 1; \
	elif [ -z "$$chosen" ] && [ -n "$$old" ]; then \
		echo "make: Python 3.11 or newer is needed, found only $$old; install a newer one, or name it: make PYTHON=/path/to/python" >&2; exit 1; \
	elif [ -z "$$chosen" ]; then \
		echo "make: no Python found$(if $(PYTHON), as $(PYTHON)); install Python 3.11 or newer, or name it: make PYTHON=/path/to/python" >&2; exit 1; \
	fi; \
	rm -rf $(VENV); \
	echo "making .venv with $$("$$chosen" --version)"; \
	"$$chosen" -m venv $(VENV) || { rm -rf $(VENV); echo "make: $$chosen could not make .venv; it says why above" >&2; exit 1; }
	@echo "$(CURDIR)" > $@

$(VENV)/.runtime: requirements/runtime.txt requirements/bare.txt | $(VENV)/.place
	@echo "installing the pinned packages (about a minute, once)"
	@$(PIP) install --require-hashes -r requirements/runtime.txt || { \
		echo "make: the packages of requirements/runtime.txt could not be installed; pip says why above" >&2; exit 1; }
	@$(PIP) install --no-deps --require-hashes -r requirements/bare.txt || { \
		echo "make: the packages of requirements/bare.txt could not be installed; pip says why above" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.runtime
	@$(PIP) install --no-deps --no-build-isolation -e . || { \
		echo "make: wellspoken itself could not be installed; pip says why above" >&2; exit 1; }
	@touch $@
	@echo "installed: $(BIN)/wellspoken"

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.installed
	@echo "installing the pinned packages for tests and checks (once)"
	@$(PIP) install --require-hashes -r requirements/dev.txt || { \
		echo "make: the packages of requirements/dev.txt could not be installed; pip says why above" >&2; exit 1; }
	@touch $@
