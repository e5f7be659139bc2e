GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS = -X main.version=$(VERSION)

.PHONY: build install demo test check generate e2e bench fuzz

build:
	$(GO) build -ldflags '$(LDFLAGS)' -o build/buttress ./cmd/buttress
install:
	$(GO) install -ldflags '$(LDFLAGS)' ./cmd/buttress
demo: build
	@sh fixtures/demo.sh build/buttress
test:
	$(GO) test ./...
check:
	$(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...
generate:
	$(GO) run ./internal/rulelist
	$(GO) test ./... -run '^Test' -update
e2e:
	$(GO) run ./internal/e2e
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
fuzz:
	$(GO) run ./internal/fuzzall
