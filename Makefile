# The commands of Quad. Only make and Python 3.11+ are needed; all that is set up stays in this folder.
PORT ?= 8000
HOST ?= 127.0.0.1
ARGS ?=
BIN := .venv/bin/python
# The first Python that is new enough: $PYTHON if given, then what stands on the path.
FIND_PYTHON = for p in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done
SETUP = py="$$($(FIND_PYTHON))"; \
	[ -n "$$py" ] || { echo "Quad needs Python 3.11 or newer; none was found (make PYTHON=/path/to/python3 …)." >&2; exit 1; }; \
	"$$py" scripts/setup.py

.PHONY: help run setup test lint fuzz bench audit
.DEFAULT_GOAL := help

help: ## Say what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

run: ## Set up if needed and serve the portal with its demo data (PORT=8000, HOST=0.0.0.0 for others)
	@$(SETUP) && SITE_URL="$${SITE_URL:-http://localhost:$(PORT)}" exec $(BIN) manage.py serve --demo --host $(HOST) --port $(PORT)

setup: ## Set up for development: all requirements, translations
	@$(SETUP) --dev

test: ## Every check and every test, on SQLite and on PostgreSQL with Redis
	@$(SETUP) --dev && exec $(BIN) scripts/test.py $(ARGS)

lint: ## The checks alone: style, types, import contracts, migrations
	@$(SETUP) --dev && exec $(BIN) scripts/test.py --checks-only

fuzz: ## The API against its own description, for longer than in the tests (ARGS="--examples 200 --role teacher")
	@$(SETUP) --dev && exec $(BIN) scripts/fuzz.py $(ARGS)

bench: ## The figures of docs/benchmarks.md (ARGS=… for some of them)
	@$(SETUP) --dev && exec $(BIN) -m bench $(ARGS)

audit: ## Known weaknesses of the pinned requirements (needs the network; no part of make test)
	@$(SETUP) --dev && exec $(BIN) scripts/audit.py $(ARGS)
