# Everything a developer types. `make help` prints this menu.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up setup build test test-s3 test-web test-browser measure-web screenshots axe conformance schemathesis fuzz runbook validate setup-tests check check-web fmt trust kill-gateway talk docs sqlx bench bench-idle bench-roster bench-files bench-marks herd exchange model mutants chaos chaos-long chaos-short tidy bench-export bench-search bench-many clean

# Where cargo puts programs; the same folder for `make up` and `make test`.
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
# Built together, so that cargo compiles what they share once.
PROGRAMS := $(addprefix --package ,dev gateway chat-history trainer-roster file-upload)
DEV := $(TARGET)/debug/dev
# Node of `dev/setup`, where the machine has none that is new enough.
export PATH := $(CURDIR)/.dev/node/bin:$(HOME)/.cargo/bin:$(PATH)
WEB_SOURCES := web/package.json web/tsconfig.base.json $(shell find web/app web/chat-client -type f -not -path '*/node_modules/*' -not -path '*/dist*' -not -path '*/test/*')

help: ## Print this menu
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: setup web/app/dist/index.html ## Start everything on https://localhost:7003 with demo people (PORT=7103 for another port)
	@cargo build $(PROGRAMS)
	@exec $(DEV) up $(if $(PORT),--port $(PORT))

setup: ## Install what is missing on this machine
	@dev/setup

build: web/app/dist/index.html ## Build all programs and tests, and the web client
	cargo test --workspace --no-run

web/node_modules/.package-lock.json: web/package-lock.json | setup
	npm --prefix web ci --no-audit --no-fund

web/app/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	npm --prefix web run build --workspace @spotter/app
	@touch $@

test: setup-tests build ## Run every test against real PostgreSQL, NATS, S3 and our own programs
	SPOTTER_BINARIES="$(TARGET)/debug" cargo test --workspace --no-fail-fast $(TEST)
	$(if $(TEST),,@$(MAKE) --no-print-directory validate conformance runbook chaos-short test-web test-browser)

test-web: setup web/node_modules/.package-lock.json ## Run the unit tests of the web client
	npm --prefix web test

measure-web: web/app/dist/index.html ## Weigh the app, and time its paint, its connection and its scrolling (beside `make up`)
	npm --prefix web run measure

screenshots: web/node_modules/.package-lock.json ## Take a picture of every state of the app into web/screenshots
	npm --prefix web run screenshots

axe: web/node_modules/.package-lock.json ## Look for what keeps people out, in every state of the app
	npm --prefix web run axe

test-browser: setup-tests build ## Two people in two real browsers, on an installation of their own (TEST= for one file)
	SPOTTER_BINARIES="$(TARGET)/debug" $(TARGET)/debug/e2e browser $(TEST)

conformance: setup-tests build ## A client in Python checks every call and frame of `make up`, then schemathesis
	SPOTTER_BINARIES="$(TARGET)/debug" $(TARGET)/debug/e2e conformance

schemathesis: setup-tests build ## Requests made up from docs/openapi.json, with every check there is
	SPOTTER_BINARIES="$(TARGET)/debug" $(TARGET)/debug/e2e schemathesis

fuzz: setup ## Feed everything that reads what comes from outside with bytes (SECONDS=60 each, TARGETS=)
	@fuzz/run $(or $(SECONDS),60) $(TARGETS)

runbook: setup build ## An operator types what docs/runbook.md says, on an installation of its own
	SPOTTER_BINARIES="$(TARGET)/debug" $(TARGET)/debug/e2e runbook

validate: setup-tests ## Check the manifests in k8s/ without a cluster (UPDATE=1 writes the tables of its README)
	.dev/k8s/bin/python k8s/check/run.py $(if $(UPDATE),--update)

setup-tests:
	@dev/setup tests

test-s3: setup ## Run file-upload's tests against Garage, an S3 of other people
	@dev/test-s3

check: setup ## Formatting, lints, licences, house rules, descriptions of queries
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --quiet --workspace --test it tidy
	$(DEV) queries --check
	@$(MAKE) --no-print-directory check-web
	@if command -v cargo-deny >/dev/null; then cargo deny check bans licenses sources; fi

check-web: web/node_modules/.package-lock.json
	npm --prefix web run check

fmt: ## Format all code
	cargo fmt --all
	npm --prefix web run format

tidy: ## Check only the house rules (file sizes, READMEs, owners of dependencies)
	cargo test --quiet -p dev --test it tidy

trust: ## Let this machine's browsers trust the local certificate
	@$(DEV) trust

kill-gateway: ## Kill one gateway of `make up`; it comes back by itself
	@$(DEV) kill-gateway

talk: ## Chat from a terminal: make talk AS=anna TO=tom
	@$(DEV) talk --as "$(AS)" --to "$(TO)"

sqlx: setup ## Refresh the checked-in descriptions of SQL queries (.sqlx)
	@cargo build --quiet $(PROGRAMS)
	@$(DEV) queries

docs: ## Print the documents of the wire and of the configuration again
	SPOTTER_UPDATE=1 cargo test --quiet -p reference
	SPOTTER_UPDATE=1 cargo test --quiet -p dev --test it configuration_is_printed

bench: ## Measure messages per second and delivery times
	cargo run --release -p load -- bench

bench-idle: ## Measure memory per idle socket with 10,000 of them
	cargo run --release -p load -- idle

bench-roster: ## Measure the first page of 10,000 clients beside the bare query
	cargo test --release -p trainer-roster --test it -- --ignored --nocapture beside_the_bare_query

bench-files: ## Measure peak memory and time of the worst files
	cargo test --release -p file-upload --test it -- --include-ignored --nocapture --test-threads 1 peak_memory eight_uploads

bench-export: ## Measure the memory of an export of 1,000 and of 100,000 messages
	cargo build --release $(PROGRAMS)
	SPOTTER_BINARIES="$(TARGET)/release" cargo test --release -p e2e --test it -- --nocapture an_archive_of_many_messages

bench-marks: ## Measure what 10,000 marks a second cost the appends beside them
	cargo test --release -p chat-history --test it -- --ignored --nocapture appends_per_second_beside

bench-search: ## Measure searches in a million messages of one trainer
	cargo test --release -p chat-history --test it -- --ignored --nocapture a_search_in_a_million

bench-many: ## Measure a trainer with 500, 2,000 and 10,000 conversations: connecting, resuming, heads, memory
	cargo run --release -p load -- many

herd: ## Kill all gateways under 5,000 devices from 50 addresses (DEVICES=, ADDRESSES=)
	cargo run --release -p load -- herd --devices $(or $(DEVICES),5000) --addresses $(or $(ADDRESSES),50)

exchange: ## 10,000 messages over two gateways while they are killed (MESSAGES=, KILLS=)
	cargo run -p e2e -- exchange --messages $(or $(MESSAGES),10000) --kills $(or $(KILLS),10)

chaos: setup ## Break a whole Spotter from one seed while people write: 20,000 messages in 5 minutes (SEED=)
	@cargo build $(PROGRAMS) --package e2e
	SPOTTER_BINARIES="$(TARGET)/debug" $(TARGET)/debug/e2e chaos $(if $(SEED),--seed $(SEED))

chaos-long: setup ## The same for hours, with one seed after the other (MINUTES=, SEED=)
	@cargo build $(PROGRAMS) --package e2e
	SPOTTER_BINARIES="$(TARGET)/debug" $(TARGET)/debug/e2e chaos --minutes $(or $(MINUTES),240) $(if $(SEED),--seed $(SEED))

model: setup ## Visit every state of small and wider worlds, then walk far at random (STEPS=2000000)
	PROPTEST_CASES=$$(( ($(or $(STEPS),2000000) + 299) / 300 )) cargo test --package gateway --lib -- --include-ignored --nocapture --test-threads 1 positions::proof

mutants: setup ## Take each safeguard away in turn: what it kept must be seen to break (ONLY= for some)
	cargo run --quiet --package e2e -- mutants $(ONLY)

chaos-short: setup-tests build ## The same in a minute and a half, always with the same faults
	SPOTTER_BINARIES="$(TARGET)/debug" $(TARGET)/debug/e2e chaos --short --seed $(or $(SEED),45361)

clean: ## Forget the demo data (not what `make setup` installed)
	rm -rf .dev/data .dev/demo.json .dev/run.json
