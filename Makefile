# make         create the environment, build the dataset, check it and validate the package
# make test    run the quick tests; make test-all runs all
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
VALIDATORS := .venv-validators/ready
SPARK := .venv-spark/ready
# most modules are never imported; Python compiles the others when it imports them
INSTALL := bin/pip install --quiet --disable-pip-version-check --no-compile
# a command starts in a second with compiled modules, and in five without
unexport PYTHONDONTWRITEBYTECODE
# One process for each core, so that more threads would only get in each other's way. The files keep the order
# of tests/conftest.py: those with the most tests are not those that take longest.
PYTEST = POLARS_MAX_THREADS=1 $(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

.PHONY: all environments build check test test-slow test-all lint rebuild validate site pictures bench faults audit vendor lock clean

all: build check validate

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "make: Python 3.11 or newer is needed; name one with PYTHON=python3.11")'
	$(PYTHON) -m venv --clear .venv
	.venv/$(INSTALL) --require-hashes --requirement requirements.lock
	.venv/$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# the validators of other formats
$(VALIDATORS): requirements-validators.lock
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/$(INSTALL) --require-hashes --requirement $<
	@touch $@

# PySpark does not yet work with the newest pandas
$(SPARK): requirements-spark.lock pyproject.toml
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/$(INSTALL) --require-hashes --requirement $<
	$(@D)/$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

environments: $(READY) $(VALIDATORS) $(SPARK)

build: $(READY)
	$(BIN)/mmru build

check: $(READY)
	$(BIN)/mmru check

test: $(READY)
	$(PYTEST) -m "not slow" --hypothesis-profile quick

# the slow tests, and the property tests with all examples
test-slow: environments
	$(PYTEST) -m "slow or hypothesis"

# all tests, and the property tests with all examples
test-all: environments
	$(PYTEST)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Fail where a build from the seeds differs from what is committed.
rebuild: build
	$(BIN)/mmru agree --verify >/dev/null
	$(BIN)/python scripts/pictures.py --verify
	git diff --exit-code --stat -- SHA256SUMS $$(cut -c67- SHA256SUMS)
	@test -z "$$(git ls-files --others --exclude-standard -- data schemas/editor docs/metadata)" || { echo "files in data/, schemas/editor/ or docs/metadata/ are not committed"; exit 1; }

# another implementation of the standard reads the package: descriptor, tables, keys, sizes, hashes
validate: $(READY)
	@report=$$($(BIN)/frictionless validate datapackage.json) || { echo "$$report"; exit 1; }
	@echo "datapackage.json: frictionless found the package valid"

# the explorer page, in dist/site/
site: $(READY)
	$(BIN)/mmru site

# the timeline and the reactions: SVG in docs/, PNG in dist/pictures/
pictures: $(READY)
	$(BIN)/python scripts/pictures.py

# Measure, and write the table of docs/performance.md; long, on a quiet machine.
bench: $(READY)
	$(BIN)/python benchmarks/bench.py

# 640 mutations of seeds and data and 200 killed builds; the tests run a sample of them
faults: $(READY)
	cd tests && ../$(BIN)/python -m faults.mutate
	cd tests && ../$(BIN)/python -m faults.kill

# known vulnerabilities of the packages in the locks; needs a network
audit:
	@env=$$(mktemp -d) && trap 'rm -rf "$$env"' EXIT && $(PYTHON) -m venv "$$env" && \
	if "$$env"/$(INSTALL) --retries 1 pip-audit==2.10.1 2>/dev/null; then \
	  for lock in requirements*.lock; do "$$env/bin/pip-audit" --strict --requirement $$lock --require-hashes --disable-pip || exit; done; \
	else echo "make audit: pip-audit cannot be installed; is there a network?" >&2; test -z "$$CI"; fi

# Compare the bundled libraries with the published packages; needs npm and a network.
vendor:
	@$(PYTHON) scripts/vendor.py

# Run it after a change of the dependencies in pyproject.toml; needs uv. UPGRADE=--upgrade takes newer versions.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-annotate --no-emit-index-url $(UPGRADE)
lock:
	$(COMPILE) pyproject.toml --extra curate --group dev --output-file requirements.lock
	$(COMPILE) --group validators --output-file requirements-validators.lock
	$(COMPILE) pyproject.toml --extra spark --group build --output-file requirements-spark.lock

# Remove everything that .gitignore names: environments, caches, what builds leave behind, and dist/.
clean:
	git ls-files -z --others --ignored --exclude-from=.gitignore --directory | xargs -0 rm -rf
