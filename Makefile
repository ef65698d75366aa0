# `make install`, `make demo` and `make test` need Python 3.11 or later, make and a package index; nothing else.
# They make .venv on their first call and reuse it afterwards.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# More than there are cores: tests that wait for a server leave theirs idle.
JOBS ?= 3
TESTS := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

.PHONY: install demo test coverage lint lock clean

install: $(VENV)/installed

demo: $(VENV)/installed
	@$(BIN)/digest demo

test: $(VENV)/installed-dev
	@$(TESTS)

# Apart from `test`, because counting lines in every process makes it half as slow again.
coverage: $(VENV)/installed-dev
	@$(TESTS) --cov --cov-report=term --cov-fail-under=95

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The newest version of every package that pyproject.toml allows, with all extras. A local version
# (torch's +cpu) is cut off, because it names one index's build and not the release.
lock: $(VENV)/installed-dev
	$(BIN)/pip-compile --quiet --upgrade --strip-extras --allow-unsafe --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --no-header --all-extras \
		--output-file constraints.txt pyproject.toml
	sed -i.bak 's/+cpu$$//' constraints.txt && rm constraints.txt.bak

$(VENV)/installed: pyproject.toml constraints.txt
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): about 1.5 GB, a few minutes, this once."
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage*
