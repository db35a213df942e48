# Only Go, git, make and a Linux kernel are needed; what else the tests use is
# built from Go modules or installed by them. See CONTRIBUTING.md.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
TOOL = $(GO) tool -modfile=tools/$(1)/go.mod $(1)

# The packages that need nothing but Go; everything under test/ needs a control plane.
UNIT = $(shell $(GO) list ./... | grep -v /test/)
# Tests against a control plane run one package at a time: they measure time.
CLUSTER = ./test/...

.PHONY: help
help: ## Show the targets.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/external-endpoints.
	@echo "Building the operator; this takes a minute or two the first time."
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/external-endpoints .

.PHONY: demo
demo: build ## Watch real traffic survive a host's death. ARGS=--stay leaves the cluster running.
	@echo "Building the demo; this takes a minute the first time, and the control plane then about six."
	$(GO) run ./test/demo $(ARGS)

.PHONY: test
test: test-unit test-cluster ## Everything that proves the product on one machine.

.PHONY: test-unit
test-unit: ## Unit tests under the race detector.
	$(GO) test -race $(UNIT)
	$(GO) test -C test/watch/queries -count 1 ./... # which would not notice that the files it reads have changed

.PHONY: test-cluster
test-cluster: build ## API, traffic and fault tests on a real control plane.
	$(GO) run ./test/cluster/build
	$(GO) test -p 1 -timeout 40m -v $(CLUSTER)

.PHONY: bench
bench: ## Benchmarks, with allocations.
	$(GO) test -run '^$$' -bench . -benchmem -count 3 $(UNIT)

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME (default 1m).
	hack/fuzz $(or $(FUZZTIME),1m)

.PHONY: soak
soak: build ## The cluster tests again and again for SOAKTIME seconds (default 3600).
	hack/soak $(or $(SOAKTIME),3600)

.PHONY: generate
generate: ## Generate code and manifests from the API types.
	$(call TOOL,controller-gen) object paths=./api/...
	$(call TOOL,controller-gen) crd paths=./api/... output:crd:dir=config/crd
	$(GO) run ./hack/watching

.PHONY: lint
lint: ## Lint, the import rule included.
	$(call TOOL,golangci-lint) run ./...

.PHONY: verify
verify: lint ## The tree is what formatters and generators make.
	hack/verify
