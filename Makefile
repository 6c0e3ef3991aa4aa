# The doors of the project. `make` lists them.

CARGO ?= cargo
DATA ?= ./data
LISTEN ?= 127.0.0.1:3000
SHELL := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help run build dist demo test lint bench torture tools docs

help: ## List what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

run: tools ## Build and start the server on ./data (LISTEN=, DATA=)
	@echo "Building Creel (the first time takes some minutes)..."
	@flags=$$(./scripts/pages) && $(CARGO) build --release $$flags
	@./target/release/creel serve --listen $(LISTEN) --data $(DATA)

build: tools ## Build the release binary at target/release/creel, with the pages if Node is there
	@flags=$$(./scripts/pages) && $(CARGO) build --release $$flags

dist: tools ## Pack dist/creel-VERSION-TARGET.tar.gz: binary, pages, manual, units, alerts, licences
	@flags=$$(./scripts/pages) && $(CARGO) build --release --locked $$flags --bin creel --example licences
	@./scripts/dist

test: tools ## Install what the tests need on a Debian machine, then run everything
	./scripts/test

lint: tools ## Formatting, clippy, licences and advisories
	./scripts/lint

demo: build ## Show it with made-up data (LISTEN=)
	@./target/release/creel demo --listen $(LISTEN)

bench: tools ## Measure against the yardsticks; writes docs/performance.md
	$(CARGO) build --release
	$(CARGO) bench --bench main

torture: tools ## The kill harness for longer, and the fuzzers
	./scripts/torture

docs: ## Write the generated documents (docs/openapi.json, docs/asyncapi.json)
	UPDATE_DOCS=1 $(CARGO) nextest run --cargo-profile ci -E 'test(/document/)'

# A C compiler (SQLite, zstd), clang and the mold linker. Nothing is installed where they are there.
tools:
	@./scripts/tools
