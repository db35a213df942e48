# Only Go, git, make and a Linux kernel are needed; what else the tests use is
# built from Go modules or installed by them. See CONTRIBUTING.md.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
TOOL = $(GO) tool -modfile=tools/$(1)/go.mod $(1)

# What the binary says that it is. Git is not asked by the compiler, so that the same
# sources and version make the same bytes, in an image and here.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
STAMP = -X github.com/external-endpoints/operator/internal/operator.stamped=$(VERSION)

# The packages that need nothing but Go; everything under test/ needs a control plane.
UNIT = $(shell $(GO) list ./... | grep -v /test/)
# Tests against a control plane: those that measure time run one package at a time,
# the others two at once.
CLUSTER_MEASURED = ./test/e2e/... ./test/bench ./test/fault/... ./test/watch/...
CLUSTER = $(shell $(GO) list ./test/... | grep -v -e /test/e2e -e /test/bench -e /test/fault -e /test/watch)

.PHONY: help
help: ## Show the targets.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/external-endpoints.
	@echo "Building the operator; this takes a minute or two the first time."
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w $(STAMP)' -o bin/external-endpoints .

.PHONY: image
image: ## An image of the operator, named IMAGE, by docker or the BUILDER that you say.
	$(or $(BUILDER),docker) build --build-arg VERSION=$(VERSION) --tag $(or $(IMAGE),external-endpoints:$(VERSION)) .

.PHONY: chart
chart: ## The Helm chart as a package in bin.
	@echo "Building Helm; this takes a few minutes the first time."
	"$$($(GO) run ./test/cluster/build helm)" package charts/external-endpoints --destination bin

.PHONY: publish
publish: ## Push image and chart to REGISTRY and sign them (docker, cosign, and a login to REGISTRY).
	@test -n "$(REGISTRY)" || { echo "REGISTRY must name where to push to" >&2; exit 2; }
	$(MAKE) image IMAGE=$(REGISTRY)/external-endpoints:$(VERSION)
	$(MAKE) chart
	docker push $(REGISTRY)/external-endpoints:$(VERSION)
	cosign sign --yes "$$(docker inspect --format '{{index .RepoDigests 0}}' $(REGISTRY)/external-endpoints:$(VERSION))"
	pushed=$$("$$($(GO) run ./test/cluster/build helm)" push bin/external-endpoints-*.tgz oci://$(REGISTRY)/charts 2>&1); \
		echo "$$pushed"; \
		cosign sign --yes "$(REGISTRY)/charts/external-endpoints@$$(sed -n 's/^Digest: //p' <<<"$$pushed")"

.PHONY: demo
demo: build ## Watch real traffic survive a host's death. ARGS=--stay leaves the cluster running.
	@echo "Building the demo; this takes a minute the first time, and the control plane then about six."
	$(GO) run ./test/demo $(ARGS)

.PHONY: test
test: test-unit test-cluster ## Everything that proves the product on one machine.

.PHONY: test-unit
test-unit: ## Unit tests under the race detector.
	$(GO) test -race $(UNIT)
	cd test/gitops && $(GO) test ./...
	$(GO) test -C test/watch/queries -count 1 ./... # which would not notice that the files it reads have changed

.PHONY: test-cluster
test-cluster: build ## API, traffic and fault tests on a real control plane.
	$(GO) run ./test/cluster/build
	$(GO) test -p 2 -timeout 40m -v $(CLUSTER)
	$(GO) test -p 1 -timeout 40m -v $(CLUSTER_MEASURED)

.PHONY: bench
bench: ## What probing costs, beside HAProxy and the raw system calls (root). ARGS="-quick -runs 1" for a short one.
	@echo "Measuring takes about eight minutes; nothing else should run meanwhile."
	$(GO) build -o bin/bench ./test/bench
	bin/bench $(ARGS)

.PHONY: bench-unit
bench-unit: ## Go's own benchmarks of all packages, with allocations.
	$(GO) test -run '^$$' -bench . -benchmem -count 3 $(UNIT)

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME (default 1m).
	hack/fuzz $(or $(FUZZTIME),1m)

.PHONY: mutate
mutate: ## Break the product on purpose, and show which test sees it.
	hack/mutate

.PHONY: soak
soak: build ## The cluster tests again and again for SOAKTIME seconds (default 3600).
	hack/soak $(or $(SOAKTIME),3600)

.PHONY: generate
generate: ## Generate code, manifests, docs, and what can be made of the chart.
	$(call TOOL,controller-gen) object paths=./api/...
	$(call TOOL,controller-gen) crd paths=./api/... output:crd:dir=config/crd
	$(GO) run ./hack/chart
	$(GO) run ./hack/apidoc
	$(GO) run ./hack/watching

.PHONY: lint
lint: ## Lint, the import rule included.
	$(call TOOL,golangci-lint) run ./...

.PHONY: verify
verify: lint ## The tree is what formatters and generators make.
	hack/verify
