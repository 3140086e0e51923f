# make         make the environment, build the dataset, check it and validate the package
# make test    run the tests
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
VALIDATORS := .venv-validators/ready
SPARK := .venv-spark/ready
BENCH := .venv-bench/ready

.PHONY: all build check test test-all lint rebuild validate site pictures bench faults audit vendor lock clean

all: build check validate

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "make: Python 3.11 or newer is needed; name one with PYTHON=python3.11")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# what judges the metadata, apart from what builds them
$(VALIDATORS): requirements-validators.lock
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

# Spark, apart from the rest since it does not yet work with the newest pandas
$(SPARK): requirements-spark.lock pyproject.toml
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# what the check of published tables is measured against, apart from what is measured
$(BENCH): requirements-bench.lock
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

build: $(READY)
	$(BIN)/mmru build

check: $(READY)
	$(BIN)/mmru check

test: $(READY)
	$(BIN)/pytest -m "not slow" --numprocesses auto --dist loadfile

test-all: $(READY) $(VALIDATORS) $(SPARK)
	$(BIN)/pytest --numprocesses auto --dist loadfile

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# what is committed is what the seeds give, to the byte
rebuild: build
	$(BIN)/mmru agree --verify >/dev/null
	$(BIN)/python scripts/pictures.py --verify
	git diff --exit-code --stat -- SHA256SUMS $$(cut -c67- SHA256SUMS)
	@test -z "$$(git ls-files --others --exclude-standard -- data schemas/editor)" || { echo "files in data/ or schemas/editor/ are not committed"; exit 1; }

# another implementation of the standard reads the package: descriptor, tables, keys, sizes, hashes
validate: $(READY)
	@report=$$($(BIN)/frictionless validate datapackage.json) || { echo "$$report"; exit 1; }
	@echo "datapackage.json: frictionless found the package valid"

# the explorer page, from the released tables, in dist/site
site: $(READY)
	$(BIN)/mmru site

# the timeline and the reactions as pictures: SVG in docs/, PNG in dist/pictures/
pictures: $(READY)
	$(BIN)/python scripts/pictures.py

# all measurements, long and on a quiet machine; docs/performance.md has single ones
bench: $(READY) $(BENCH)
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/site.py
	$(BIN)/python benchmarks/scale.py run
	$(BIN)/python benchmarks/scale.py page

# what the tests sample, whole: 640 mutations of seeds and data, 200 killed builds
faults: $(READY)
	cd tests && ../$(BIN)/python -m faults.mutate
	cd tests && ../$(BIN)/python -m faults.kill

# needs a network; what it needs beside is installed into a folder that is thrown away
audit:
	@$(PYTHON) scripts/audit.py

# needs npm and a network: are the bundled libraries what was published?
vendor:
	@$(PYTHON) scripts/vendor.py

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-annotate --no-emit-index-url --upgrade

# needs uv; run it after a change of the dependencies in pyproject.toml
lock:
	$(COMPILE) pyproject.toml --extra curate --group dev --output-file requirements.lock
	$(COMPILE) --group validators --output-file requirements-validators.lock
	$(COMPILE) pyproject.toml --extra spark --group build --output-file requirements-spark.lock
	$(COMPILE) --group bench --output-file requirements-bench.lock

clean:
	rm -rf .venv .venv-validators .venv-spark .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis
