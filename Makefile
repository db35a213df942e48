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
# Tests against a control plane, in two groups. Most wait for states, and each package has a
# cluster of its own: three at once keep two cores busy, the longest first, so that none is
# left over in the end. Those that bound milliseconds run alone, one package at a time.
CLUSTER_LONG = ./test/e2e/quiet ./test/e2e/service ./test/faults ./test/e2e/outage ./test/monitoring
CLUSTER_MEASURED = ./test/e2e/failover ./test/bench/...
CLUSTER_OTHERS = $(filter-out $(shell $(GO) list $(CLUSTER_LONG) $(CLUSTER_MEASURED)),$(shell $(GO) list ./test/...))

.PHONY: help
help: ## Show the targets.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What images are built for: every further platform takes the compiler's time once more.
PLATFORMS ?= linux/$(shell $(GO) env GOARCH)
OUT ?= $(CURDIR)/bin
IMAGE ?= external-endpoints:$(VERSION)
COMPILE = CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w $(STAMP)'
PACK = $(GO) run -C tools/image . -version $(VERSION)
BINARIES = $(foreach p,$(PLATFORMS),$(p)=$(CURDIR)/bin/$(p)/external-endpoints)

.PHONY: build
build: ## Build bin/external-endpoints.
	@echo "Building the operator; this takes some minutes the first time."
	$(COMPILE) -o bin/external-endpoints .

.PHONY: binaries
binaries:
	@echo "Building the operator for $(PLATFORMS); this takes some minutes each the first time."
	$(foreach p,$(PLATFORMS),GOOS=$(word 1,$(subst /, ,$(p))) GOARCH=$(word 2,$(subst /, ,$(p))) $(COMPILE) -o bin/$(p)/external-endpoints . &&) true

.PHONY: image
ifdef BUILDER
image: ## bin/image.tar, an image named IMAGE for PLATFORMS, by Go alone; or by the BUILDER that you say (docker, podman).
	$(BUILDER) build --build-arg VERSION=$(VERSION) --tag $(IMAGE) .
else
image: binaries
	$(PACK) -out $(OUT)/image.tar $(IMAGE) $(BINARIES)
	@echo "$(OUT)/image.tar is $(IMAGE): docker load -i, podman load -i, ctr image import or kind load image-archive take it."
endif

.PHONY: push
push: binaries ## Push the image to the registry in IMAGE, with docker's or podman's login there.
	$(PACK) -push $(IMAGE) $(BINARIES)

# A chart's version is a semantic one, without the v that tags of git and images have.
# What is no tag is no version.
RELEASED = $(shell grep -E '^v[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta|rc)[0-9.]*)?$$' <<<'$(VERSION)')
CHART_VERSION = $(if $(RELEASED),--version $(RELEASED:v%=%) --app-version $(RELEASED))

.PHONY: chart
chart: ## The Helm chart as a package in bin, with the version of a tag; else with that of Chart.yaml.
	@echo "Building Helm; this takes a few minutes the first time."
	rm -f $(OUT)/external-endpoints-*.tgz
	"$$($(GO) run ./test/framework/programs/build helm)" package charts/external-endpoints --destination $(OUT) $(CHART_VERSION)

.PHONY: publish
publish: chart ## Push image and chart to REGISTRY and sign them (cosign, and a login to REGISTRY).
	@test -n "$(REGISTRY)" || { echo "REGISTRY must name where to push to" >&2; exit 2; }
	pushed=$$($(MAKE) -s push IMAGE=$(REGISTRY)/external-endpoints:$(VERSION) | tail -n 1); \
		echo "$$pushed"; \
		cosign sign --yes "$$pushed"
	pushed=$$("$$($(GO) run ./test/framework/programs/build helm)" push $(OUT)/external-endpoints-*.tgz oci://$(REGISTRY)/charts 2>&1); \
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
	$(GO) test -run 'CostsLittle|InFlightIsBounded' ./probes/... # what the race detector would multiply
	cd test/gitops && $(GO) test ./...
	$(GO) test -C tools/image -count 1 ./... # which would not notice that the sources have changed
	$(GO) test -C test/monitoring/queries -count 1 ./... # which would not notice that the files it reads have changed

.PHONY: test-cluster
test-cluster: build ## API, traffic and fault tests on a real control plane.
	$(GO) run ./test/framework/programs/build
	$(GO) test -p 3 -timeout 40m -v $(CLUSTER_LONG) $(CLUSTER_OTHERS)
	$(GO) run ./hack/retry-on-steal $(GO) test -p 1 -timeout 40m -v $(CLUSTER_MEASURED)

.PHONY: bench
bench: build ## What probing costs beside HAProxy, and publishing beside the API server (root). ARGS="-quick -runs 1" for a short one.
	@echo "Measuring takes about half an hour; nothing else should run meanwhile."
	$(GO) build -o bin/bench ./test/bench
	$(GO) build -o bin/bench-engine ./test/bench/engine
	$(GO) build -o bin/bench-controller ./test/bench/controller
	missed=0; bin/bench $(ARGS) || missed=1; bin/bench-controller $(ARGS) || missed=1; exit $$missed

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
soak: build ## Everything in its long form, for an hour and some minutes; then which test showed what row of the fault table.
	$(GO) run ./test/framework/programs/build
	$(GO) run ./hack/soak

.PHONY: generate
generate: ## Generate code, manifests, docs, and what can be made of the chart.
	$(call TOOL,controller-gen) object paths=./api/...
	$(call TOOL,controller-gen) crd paths=./api/... output:crd:dir=config/crd
	$(GO) run ./hack/gen/chart
	$(GO) run ./hack/gen/apidoc
	$(GO) run ./hack/gen/dashboard

.PHONY: lint
lint: ## Lint, the import rule included.
	$(call TOOL,golangci-lint) run ./...

.PHONY: verify
verify: lint ## The tree is what formatters and generators make.
	hack/verify
