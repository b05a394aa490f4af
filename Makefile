# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup demo up down status explain validate synth deploy destroy first-checks docs runbook lock wheels lint style test test-fast test-deep bench bench-growth bench-exchange faults chaos drill clean

# Everything below names paths of the checkout, and relative ones: its own path may hold blanks and quotes.
ifeq ($(wildcard requirements/install.sh),)
$(error Nothing was done: run make in the folder of the checkout, or say make -C FOLDER)
endif

override VENV := .venv
override PEERS_VENV := .local/peers
RUN := $(VENV)/bin/python
# what a person runs ends in a sentence, whatever happens
ASKED = $(RUN) -m infra.asked
# no addresses in the pins: which index serves them is each machine's own affair
COMPILE := $(RUN) -m uv pip compile --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
  --generate-hashes --no-header --no-emit-index-url --quiet
# What a person gives reaches the shell by its environment, as it is: make would read a `$` in it.
GIVEN := PORT PYTHON WHEELS CSV BASE DAY ROWS DEADLINE CUTS RUNS SEED FROM SIDE SECONDS ACCOUNT SETTINGS PEERS SCALE ONLY LINES ORDEM DESDE TO PLAYBOOK RULES
$(foreach name,$(GIVEN),$(if $(filter command environment,$(origin $(name))),$(eval override $(name) := $$(value $(name)))))
# an empty one is given, too: it is refused
OWN_GIVEN := $(filter-out undefined,$(origin CSV) $(origin BASE))
ROWS_GIVEN := $(if $(filter-out undefined,$(origin ROWS)),--rows="$$ROWS")
$(foreach name,$(GIVEN),$(if $(filter-out undefined,$(origin $(name))),$(eval export $(name))))

# A day here is hundreds of processes that import the same modules.
unexport PYTHONDONTWRITEBYTECODE

help: ## What can be asked of this checkout
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# One file marks an environment that matches the pins; it is made anew when they change.
$(VENV)/.installed: requirements/bootstrap.txt requirements/dev.txt
	@requirements/install.sh $(VENV)

setup: $(VENV)/.installed ## Install everything that is needed, from PyPI, into .venv [WHEELS=folder: from there]

demo: setup ## A day from upload to published divergences [ROWS=20000 | CSV=mine.csv BASE=base.csv DAY=2026-02-16] [DEADLINE=8]
	@$(ASKED) local.demo $(if $(OWN_GIVEN),--csv="$$CSV" --base="$$BASE",$(ROWS_GIVEN)) $(if $(DAY),--day="$$DAY") \
	  $(if $(DEADLINE),--deadline="$$DEADLINE")

up: setup ## The local stack in the background; then `. .local/env` [BASE=base.csv] [PORT=4566] [JUDGE=1: days without a file ring]
	@$(ASKED) local.stack up $(if $(BASE),--base="$$BASE") $(if $(filter-out 0,$(JUDGE)),--judge)

down: setup ## Stop the local stack, nothing left running
	@$(ASKED) local.stack down

status: setup ## How far the day is that is at work here, by what it has committed to S3
	@$(ASKED) local.status

explain: setup ## What happened to one order, on the stack of `make up` [ORDEM=ORD-12345 DAY=2026-02-16 DESDE=2026-01-01]
	@$(ASKED) local.explain $(if $(DAY),--day="$$DAY") $(if $(DESDE),--since="$$DESDE") -- "$$ORDEM"

validate: setup ## Check a supplier's file on its own, as a run would [CSV=mine.csv DAY=2026-02-16] [RULES='{"decimal_separator": ","}']
	@$(ASKED) glue_jobs.validate_file $(if $(DAY),--day="$$DAY") $(if $(RULES),--rules="$$RULES") -- "$$CSV"

synth: setup ## The CloudFormation template, in cdk.out/; of other settings in build/template/ [SETTINGS="suffix=-dev"]
	@$(ASKED) infra.synth "$$SETTINGS"

first-checks: setup ## What a deployment still lacks before its first day, each as a sentence [SETTINGS="suffix=-dev"]
	@$(ASKED) infra.first_checks "$$SETTINGS"

runbook: setup ## The operators' pages with a deployment's own names, in build/runbook/ [ACCOUNT=123456789012 SETTINGS="suffix=-dev"]
	@$(ASKED) infra.runbook "$$ACCOUNT" "$$SETTINGS"

deploy: setup ## Into an AWS account, bootstrapped [SETTINGS="suffix=-dev database_ca=global-bundle.pem"]
	@$(ASKED) infra.cdk deploy "$$SETTINGS"

destroy: setup ## Delete both stacks with their data; refused unless SETTINGS has remove_data=true
	@$(ASKED) infra.cdk destroy "$$SETTINGS"

lint: style ## Style, types
	@$(RUN) -m mypy

style: setup
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check --quiet .

# mypy has one thread, which the tests' workers would otherwise wait for.
CHECKED = $(RUN) -m mypy & types=$$!; $(2) $(RUN) -m pytest $(1); tests=$$?; wait $$types && exit $$tests
# Else each worker of a fresh checkout compiles all that it imports, for itself.
COMPILED_ONCE = $(RUN) -m pytest --collect-only --quiet > /dev/null 2>&1;

test-fast: style ## A minute: what decides in process; no servers, no stack, no synth
	@$(call CHECKED,-n 2 --dist loadfile --hypothesis-profile fast -m "not spark and not stack" -p tests.quick)

test: style ## Everything: lint, types, unit, property, infrastructure, end to end
	@$(call CHECKED,-n 6 --dist loadscope --no-loadscope-reorder,$(COMPILED_ONCE))

test-deep: setup ## The property tests on real servers and the jobs' against the oracle, eight times as deep
	@$(RUN) -m pytest -n 2 --dist loadfile --hypothesis-profile deep -m deep

docs: setup ## The pages of docs/ that are made from the code
	@$(ASKED) infra.documents

lock: setup ## Pin the newest releases that the requirements allow, with hashes
	@for name in bootstrap build dev peers; do $(COMPILE) --upgrade requirements/$$name.in -o requirements/$$name.txt; done
	@for name in output_job validation_job reconciliation_job functions; do $(COMPILE) -c requirements/dev.txt requirements/$$name.in -o requirements/$$name.txt; done

wheels: setup ## All packages into a folder, from which a machine without a network is set up [TO=folder]
	@$(ASKED) infra.packaging "$$TO"

faults: setup ## A day cut at many moments, each time resumed; the table stays in .local/faults/ [ROWS=200000 CUTS=50]
	@$(ASKED) tests.faults.cuts $(ROWS_GIVEN) $(if $(CUTS),--cuts="$$CUTS")

chaos: setup ## Days with faults drawn by a seed, what must hold held against what came; goes on where it was [RUNS=100 SEED=1 FROM=0 SIDE=2 SECONDS=540 AGAIN=1 TABLE=1]
	@$(ASKED) tests.chaos $(if $(RUNS),--runs="$$RUNS") $(if $(SEED),--seed="$$SEED") $(if $(FROM),--from="$$FROM") \
	  $(if $(SIDE),--side="$$SIDE") $(if $(SECONDS),--seconds="$$SECONDS") $(if $(AGAIN),--again) $(if $(TABLE),--table)

drill: setup ## The playbooks as drills: real faults, the runbook's own commands, a timeline; ten minutes [PLAYBOOK=2.3]
	@$(ASKED) tests.drills --playbook="$$PLAYBOOK"

$(PEERS_VENV)/.installed: requirements/peers.txt | $(VENV)/.installed
	@echo "Setting up $(PEERS_VENV), for the scripts that ours is compared with"
	@rm -rf $(PEERS_VENV)
	@$(RUN) -m uv venv --quiet --python $(RUN) $(PEERS_VENV)
	@$(RUN) requirements/bars.py $(RUN) -m uv pip sync --python $(PEERS_VENV)/bin/python --build-constraints requirements/build.txt --require-hashes requirements/peers.txt
	@touch $@

bench: setup $(PEERS_VENV)/.installed ## Ours beside Polars, DuckDB and Spark scripts, or every peer; fails where a goal is missed [ROWS=1000000 PEERS=all SAVE=1]
	@$(ASKED) benchmarks $(ROWS_GIVEN) $(if $(PEERS),--peers="$$PEERS") $(if $(SAVE),--save)

bench-growth: setup ## How the cost grows with lines, divergences, partitions, base; rows are kept, and gone on with [SCALE=1 ONLY=lines]
	@$(ASKED) benchmarks.growth $(if $(SCALE),--scale="$$SCALE") $(if $(ONLY),--only="$$ONLY") $(if $(SAVE),--save)

bench-exchange: setup ## 100 million lines, made part by part, through check, exchange and comparison [LINES=100000000]
	@$(ASKED) benchmarks.exchange $(if $(LINES),--lines="$$LINES") $(if $(SAVE),--save)

clean: ## Remove all that was built or set up
	@if [ -e .local/lock ] && [ -x $(RUN) ]; then $(ASKED) local.stack down >/dev/null; fi
	@for lock in $$(find .local \( -name cache -o -name peers \) -prune -o -name '*lock' -print 2>/dev/null); do \
	  if ! flock -n "$$lock" true; then \
	    echo "A stack is at work in $${lock%/*}: wait for its end, then say it once more" >&2; exit 1; fi; done
	@requirements/install.sh --remove $(VENV)
	@rm -rf .local build cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis
