# make serve · make quick · make test · make check · make setup · make lock · make vendor · make oracle · make quality · make schemas · make scripts
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
# Tests wait for browsers and servers a third of their time: one process more than there are cores.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')

# Hundreds of processes of the tests would each compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test quick check lint setup setup-dev browser amtool promtool format lock vendor load oracle quality schemas cards scripts

serve: setup
	$(BIN)/podscope serve --host $(HOST) --port $(PORT)

test: check browser amtool promtool
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

# For the loop: what a change breaks most often, and with ROOM=oom_score that room's own tests.
QUICK := $(addprefix tests/test_,web.py links.py words.py lessons.py plates.py terms.py settings.py shelf.py laid.py package.py authoring.py cli.py) tests/quiz

quick: lint
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow" $(QUICK) $(if $(ROOM),app/widgets/$(ROOM))

check: lint
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive app

lint: setup-dev
	$(BIN)/ruff format --check app tests conftest.py
	$(BIN)/ruff check app tests conftest.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/podscope check

setup: $(VENV)/.runtime

setup-dev: $(VENV)/.dev

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Podscope needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The site runs from this source tree: Python finds it by a path file, so that nothing has to be built.
$(VENV)/.runtime: requirements.txt | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "podscope.pth").write_text(f"{pathlib.Path.cwd()}\n")'
	@rm -f $(BIN)/podscope && printf '#!/bin/sh\nexec "%s" -P -m app "$$@"\n' '$(CURDIR)/$(BIN)/python' >$(BIN)/podscope && chmod +x $(BIN)/podscope
	@$(BIN)/python -m compileall -q app && $(BIN)/podscope check >/dev/null
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# A browser for the tests: the one on the PATH, else Debian's package, else Playwright's own.
browser: setup-dev
	@command -v chromium-headless-shell >/dev/null 2>&1 \
	|| { command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium-headless-shell >/dev/null 2>&1; } \
	|| command -v chromium chromium-browser google-chrome >/dev/null 2>&1 \
	|| $(BIN)/playwright install chromium

# The real amtool, whose routing the tests compare with ours: the one on the PATH, else Debian's, unpacked and not
# installed, so that no Alertmanager is started. Where it cannot be had, tests/test_amtool.py is skipped.
amtool: setup-dev
	@command -v amtool >/dev/null 2>&1 || [ -x $(BIN)/amtool ] || ( \
	  rm -rf $(VENV)/amtool && mkdir -p $(VENV)/amtool && cd $(VENV)/amtool \
	  && { [ "$$(id -u)" != 0 ] || timeout 60 apt-get update -qq || true; } \
	  && timeout 120 apt-get download -qq prometheus-alertmanager && dpkg -x prometheus-alertmanager_*.deb . \
	  && usr/bin/amtool --version && mv usr/bin/amtool ../bin/ \
	) >/dev/null 2>&1 || echo "no amtool here: install prometheus-alertmanager to compare the routing with it"
	@rm -rf $(VENV)/amtool

# The real promtool and Prometheus, which the tests let read the same pages as ours; as with amtool, unpacked only.
promtool: setup-dev
	@{ command -v promtool && command -v prometheus; } >/dev/null 2>&1 || { [ -x $(BIN)/promtool ] && [ -x $(BIN)/prometheus ]; } || ( \
	  rm -rf $(VENV)/promtool && mkdir -p $(VENV)/promtool && cd $(VENV)/promtool \
	  && { [ "$$(id -u)" != 0 ] || timeout 60 apt-get update -qq || true; } \
	  && timeout 240 apt-get download -qq prometheus && dpkg -x prometheus_*.deb . \
	  && usr/bin/promtool --version && usr/bin/prometheus --version && mv usr/bin/promtool usr/bin/prometheus ../bin/ \
	) >/dev/null 2>&1 || echo "no promtool here: install prometheus to compare the reading of scrapes with it"
	@rm -rf $(VENV)/promtool

format: setup-dev
	$(BIN)/ruff check --fix app tests conftest.py
	$(BIN)/ruff format app tests conftest.py

lock:
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements-dev.txt
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements-dev.txt pyproject.toml -o requirements.txt

# The one vendored script; tests/test_assets.py knows its version and its hash.
vendor:
	npm pack --silent htmx.org@4.0.1
	tar -xzf htmx.org-4.0.1.tgz -C static/js --strip-components=2 package/dist/htmx.min.js
	rm htmx.org-4.0.1.tgz

# The site's own scripts as small as terser can, with Node.js; a test says when they are not of the sources anymore.
scripts: setup-dev
	PYTHONPATH=. $(BIN)/python -m tests.scripts

# Builds the real programs (with Go and gcc, the first time about two hours) and records again what they say, and what
# the lessons' blocks do; as root, for they run in namespaces of their own. The tests need the recordings only.
oracle: setup-dev
	$(BIN)/python -m tests.oracle.build
	for version in 1.36.3 1.37.2; do PODSCOPE_ORACLE_KUBERNETES=$$version $(BIN)/python -m tests.oracle.record || exit 1; done
	$(BIN)/python -m tests.oracle.record vm-birth
	$(BIN)/python -m tests.oracle.cases
	$(BIN)/python -m tests.oracle.cluster

load: setup-dev
	@for script in tests/load/*.py; do echo "== $$script"; $(BIN)/python $$script; done

# What axe, Lighthouse and Firefox say of every page; with Node.js, and a quiet machine for Lighthouse.
quality: browser
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq chromium >/dev/null; }
	@command -v firefox-esr firefox >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq firefox-esr >/dev/null; }
	cd tests/quality && npm ci --silent && node run.mjs

# Schemathesis asks a running site what its API's document says; in an environment of its own, since nothing else needs it.
schemas: setup-dev
	@[ -x $(VENV)/schemathesis/bin/schemathesis ] || { $(PYTHON) -m venv $(VENV)/schemathesis && $(VENV)/schemathesis/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/quality/schemas.txt; }
	$(BIN)/python -m tests.quality.schemas

# The pictures of shared links and the icons, drawn by the tests' browser.
cards: browser
	PYTHONPATH=. $(BIN)/python -m tests.cards
