# Everything starts here. Each target makes .venv when it is missing, with Python's own venv and pip alone.
PYTHON ?= python3
N ?= 12
QUICK ?=
SHELL := /bin/bash
BIN := .venv/bin
BENCHMARKS := $(sort $(patsubst benchmarks/%.py,%,$(filter-out benchmarks/__init__.py benchmarks/report.py,$(wildcard benchmarks/*.py))))

.PHONY: demo gallery test lint bench crash evals lock clean help
.DEFAULT_GOAL := help

help: ## Say what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/.ready ## Run the main job: a conversation, finished clips, a post on the sandbox, its numbers
	@$(BIN)/forge demo $(ARGS)

gallery: .venv/.ready ## Render every style, look, layout and transition into gallery-out, with a page to look at
	@$(BIN)/python -m demo.gallery $(ARGS)

test: .venv/.ready ## Run the tests (SQLite, PostgreSQL and Valkey are started by them)
	@$(BIN)/python -m pytest -q $(ARGS)

lint: .venv/.ready ## Check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: .venv/.ready .venv-bench/.ready ## Print every benchmark; QUICK=1 for the smoke form. Timings never fail.
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name $(if $(QUICK),--quick) --json; code=$$?; \
		if [ $$code -gt 1 ]; then echo "benchmarks/$$name.py ended with $$code"; exit $$code; fi; done

crash: .venv/.ready ## Kill every process of the pipeline at N random instants
	@$(BIN)/python -m tests.crash --runs $(N) $(ARGS)

evals: .venv/.ready ## Play the offline eval suite
	@$(BIN)/forge eval offline $(ARGS)

lock: ## Resolve the pinned versions anew (needs uv)
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url \
		--excludes excluded.txt --quiet -o requirements.lock

clean: ## Remove everything that make made
	@rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis demo-out gallery-out eval-out bench-out crash-out
	@find . -name __pycache__ -prune -exec rm -rf {} +

# The programs we are measured against, apart from ours: two of them bring an OpenCV of their own.
.venv-bench/.ready: requirements-bench.txt
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile -r requirements-bench.txt
	@touch $@

# The checkout is the application: a .pth file puts it on the path of .venv, and `forge` calls cli.main.
.venv/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ViralForge needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	@echo "Setting up .venv: about two minutes the first time"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile -r requirements.lock
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "viralforge.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@printf '#!%s\nimport sys\n\nfrom cli import main\n\nsys.exit(main())\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/forge && chmod +x $(BIN)/forge
	@touch $@
