# `make demo` and `make test` set everything up on a machine that has Python 3.11+ (with venv) and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One stamp: made again when the metadata or the pinned versions change.
READY := $(VENV)/.ready
EXTRAS := viz,dev,codes,uncertainty,study,docs

DEMO_CASE := data/meshes/fmr/case.json
DEMO_DEVICE := carillon-9-18-60
DEMO_PROTOCOL := --distal-at-mm 95 --plication-mm 10
DEMO_RESULT := results/demo.json
DEMO_PICTURE := results/demo.png
DEMO_SIMULATE := $(BIN)/annulus simulate $(DEMO_CASE) --device $(DEMO_DEVICE) $(DEMO_PROTOCOL) --json $(DEMO_RESULT)
DEMO_VIEW := $(BIN)/annulus view $(DEMO_CASE) --result $(DEMO_RESULT) --screenshot $(DEMO_PICTURE)

# Graphics without a screen, and one thread each: the package parallelises over cases.
export PYVISTA_OFF_SCREEN := true
export MPLBACKEND := Agg
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test setup system-packages lint format types layers jit-off examples docs verify calibrate fuzz bench bench-smoke clean

help:
	@echo "make demo | test | lint | format | types | layers | jit-off | examples | docs | verify | calibrate | fuzz | bench | bench-smoke | clean"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "annulus needs Python 3.11 or newer; got $$($(PYTHON) --version): name one with make PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	    || { echo "cannot create $(VENV): install Python's venv module (Debian: apt-get install python3-venv)"; exit 1; }
	$(BIN)/python -m pip install -q -c constraints.txt hatchling editables
	$(BIN)/python -m pip install -q -c constraints.txt --no-build-isolation -e ".[$(EXTRAS)]"
	@touch $@

# Debian packages that wheels do not bring: EGL for pictures without a screen, CalculiX for verification, Chromium for browser tests.
system-packages:
	@sh .ci/system-packages

demo: setup system-packages
	@mkdir -p results
	$(DEMO_SIMULATE)
	$(DEMO_VIEW)
	@echo "Result: $(DEMO_RESULT)   Picture: $(DEMO_PICTURE)"

test: setup system-packages
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup
	$(BIN)/pyright

layers: setup
	$(BIN)/lint-imports

# Reads out of range are silent when compiled: the same rows once as plain Python.
jit-off: setup
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest tests/kernels

examples: setup
	$(BIN)/python -m pytest tests/test_examples.py

# The pages as a site, in results/docs: a link to a page or heading that is not there is an error.
docs: setup
	$(BIN)/sphinx-build -q -W --keep-going -b html docs results/docs

verify: setup system-packages
	$(BIN)/annulus verify

# Writes the calibrated parameters that the package ships, and the tables of their page.
calibrate: setup
	$(BIN)/python calibration/ovine/calibrate.py -o src/annulus/mechanics/network
	$(BIN)/python calibration/ovine/report.py docs/calibration.md

# Damaged files of every kind, for FUZZ_SECONDS; a short run is one of the tests.
fuzz: setup
	$(BIN)/python tests/fuzz_readers.py --seconds $(or $(FUZZ_SECONDS),60) --seed $(or $(FUZZ_SEED),0)

bench: setup
	$(BIN)/python -m pytest benchmarks -s --benchmark-only -k large

# Each benchmark once at its smallest size: shows that it runs, says nothing about speed.
bench-smoke: setup
	$(BIN)/python -m pytest benchmarks --benchmark-disable -q -k "not large"

clean:
	rm -rf $(VENV) src/annulus/kernels/__pycache__ .numba-cache .pytest_cache .ruff_cache .hypothesis results
