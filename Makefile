GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
LDFLAGS = -s -w -X main.version=$(VERSION)
LINT = $(GO) tool -modfile=tools/go.mod golangci-lint
VENV = build/venv

.PHONY: build install demo test race check generate e2e bench fuzz

build: ## the program, as build/buttress
	$(GO) build -ldflags '$(LDFLAGS)' -o build/buttress ./cmd/buttress

install: ## the program, where go install puts it
	$(GO) install -ldflags '$(LDFLAGS)' ./cmd/buttress

demo: build ## scan the two bundled accounts: the first is broken, the second holds
	build/buttress scan fixtures/accounts/tipster-before; test $$? -eq 1
	build/buttress scan fixtures/accounts/tipster-after --fail-on medium

test: ## every test that needs only Go
	$(GO) test ./...

race:
	$(GO) test -race ./checks/... ./internal/... ./report ./cmd/...

check: ## lint, and see that modules and generated files are tidy
	$(GO) mod tidy -diff
	$(LINT) run --allow-parallel-runners ./...

generate: ## write all that is generated
	$(GO) run ./internal/rulelist
	$(GO) test ./checks/catalog ./internal/gate ./internal/diff ./report ./cmd/buttress -update

e2e: $(VENV) ## the live path, against moto's server
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(GO) test -tags e2e -count=1 -run E2E ./internal/collect ./cmd/buttress

# moto and the AWS CLI from the PATH if they are there, else installed.
$(VENV):
	mkdir -p $(VENV)
	command -v moto_server >/dev/null && command -v aws >/dev/null || \
		{ python3 -m venv $(VENV) && $(VENV)/bin/pip install --quiet 'moto[server]==5.2.1' awscli==1.45.11; }

bench: ## the figures of docs/performance.md
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./...

fuzz: ## each fuzz target for a minute
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(or $(FUZZTIME),60s) $$p || exit 1; done; done
