# The book's commands; `make help` lists them. README has the plain ones, for a machine without make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTS_INSTALLED := $(VENV)/.installed-for-tests
BUILD := $(BIN)/jupyter-book build . -n
PREFLIGHT := book/fusionbook/site/preflight.py
START := $(CURDIR)/_build/html/index.html
NOTEBOOKS = $(wildcard book/*.ipynb book/appendix/*.ipynb)
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
# Kernels start in their notebook's folder; only book/ itself holds the package.
export PYTHONPATH := $(CURDIR)/book

.DEFAULT_GOAL := help
.PHONY: help book live test test-all elsewhere unit browser-tests thorough-browser-tests strict-book browser lint bench picture stills links address clean

help:  ## list these commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

book: $(INSTALLED)  ## build the book; only notebooks whose results can have changed run again
	@$(BIN)/python $(PREFLIGHT)
	@$(BUILD); ended=$$?; \
	[ ! -f "$(START)" ] || printf '\nThe book is built. Open it at\n  file://%s\n' "$(START)"; \
	exit $$ended

live: $(INSTALLED)  ## open the notebooks in JupyterLab, where every figure can be changed
	$(BIN)/jupyter lab --notebook-dir=book

test: unit browser-tests  ## prove it: library, notebooks, the built book in a browser, JupyterLab

test-all: export FUSIONBOOK_ALL := 1
test-all: unit thorough-browser-tests  ## the same with every repetition: all second runs, all chapters in JupyterLab

lint: $(TESTS_INSTALLED)  ## check style and format of code and notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(TESTS_INSTALLED) strict-book browser  ## measure what the book promises: speed, weight, requests
	$(BIN)/python -m tests.bench

picture: $(TESTS_INSTALLED) book browser  ## take the README's picture of the late mixer anew
	$(BIN)/python -m tests.picture

stills: $(TESTS_INSTALLED) book browser  ## take the pictures of all explorers anew, for print and for browsers without scripts
	$(BIN)/python -m tests.stills

elsewhere: $(INSTALLED)  ## run the notebooks as other processors would; every claim has to hold there too
	$(BIN)/python -m tests.elsewhere

links: $(INSTALLED) book  ## ask the web whether the pages that the book links to are there
	$(BIN)/python tests/links.py

address: $(INSTALLED)  ## after publishing: write the repository's address into the notebooks, for Colab
	$(BIN)/python -m fusionbook.site.address

clean:  ## remove what was built and cached; the environment stays
	rm -rf _build build .pytest_cache .ruff_cache .hypothesis book/fusionbook.egg-info
	find book tests -name __pycache__ -prune -exec rm -rf {} +

# ---- what the commands above are made of ----

$(INSTALLED): requirements.txt
	@$(PYTHON) $(PREFLIGHT) --install
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(TESTS_INSTALLED): tests/requirements.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

# Every page is read afresh, since a page that was read before keeps its warnings to itself.
strict-book: $(INSTALLED)
	@$(BIN)/python $(PREFLIGHT)
	$(BUILD) -W --keep-going --all

# Two runs of pytest: the browser's times would mean nothing while notebooks train beside it. nbval takes each cell
# for a test, and tests/twice.py compares it with the build; loadscope keeps a notebook's cells on one worker, in their order.
# Two workers on two cores: more threads than that wait for one another.
unit: $(TESTS_INSTALLED) strict-book
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -p tests.twice tests $(NOTEBOOKS) --ignore=tests/browser --ignore=tests/live \
	  --nbval-lax --nbval-current-env -n 2 --dist loadscope --durations=40

# All tests of a page on one worker, which opens it once for all of them; what takes longest starts first.
IN_BROWSERS = FUSIONBOOK_BUILT=1 $(BIN)/python -m pytest tests/browser tests/live -n 2 --dist loadscope \
  --no-loadscope-reorder --durations=40

browser-tests: unit browser
	$(IN_BROWSERS) -m "not thorough"

thorough-browser-tests: unit browser
	$(IN_BROWSERS)

browser:
	@for name in $(BROWSERS); do ! command -v $$name >/dev/null || exit 0; done; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; \
	else \
	  echo "The tests need a browser: install Chromium or Chrome (on Debian: sudo apt-get install chromium)." >&2; exit 1; \
	fi
