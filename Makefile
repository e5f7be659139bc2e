GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
LDFLAGS = -s -w -X main.version=$(VERSION)
LINT = $(GO) tool -modfile=tools/go.mod golangci-lint
VENV = build/venv
NPM = build/npm
NPM_PACKAGES = @microsoft/sarif-multitool-linux@5.7.0 playwright-core@1.64.1 axe-core@4.14.1 html-validate@10.17.0 mermaid@12.3.0

.PHONY: chromium build install demo test test-reach race check generate e2e pictures bench fuzz

build: ## the program, as build/buttress
	$(GO) build -ldflags '$(LDFLAGS)' -o build/buttress ./cmd/buttress

install: ## the program, where go install puts it
	$(GO) install -ldflags '$(LDFLAGS)' ./cmd/buttress

demo: build ## scan the two bundled accounts: the first is broken, the second holds
	build/buttress scan fixtures/accounts/tipster-before; test $$? -eq 1
	build/buttress scan fixtures/accounts/tipster-after --fail-on medium

test: ## every test that needs only Go
	$(GO) test -timeout 40m ./...

test-reach: ## both engines of reachability on 3,000 random networks, half a million packets and more
	$(GO) test ./internal/reach -count=1 -v -run TestEnginesAgree -rapid.checks=$(or $(CHECKS),3000) -rapid.seed=$(or $(SEED),$$(date +%s))

race: ## every test under the race detector, but for the changes that are made to the cases of rules
	$(GO) test -race -short -timeout 40m ./checks/...
	$(GO) test -race -timeout 40m ./internal/... ./report ./cmd/...

check: ## lint, and see that modules and generated files are tidy
	$(GO) mod tidy -diff
	$(LINT) run --allow-parallel-runners ./...

generate: ## write all that is generated
	$(GO) run ./internal/rulelist
	$(GO) test ./internal/reach -run Schema -update
	$(GO) test ./checks/catalog ./internal/gate ./internal/diff ./report ./cmd/buttress -update

e2e: $(VENV) $(VENV)/validators $(NPM) chromium ## the live path, against moto's server, and what other programs say of the reports
	PATH="$(CURDIR)/$(VENV)/bin:$(CURDIR)/$(NPM)/node_modules/@microsoft/sarif-multitool-linux:$$PATH" \
		$(GO) test -tags e2e -count=1 -timeout 40m -run E2E ./internal/collect ./cmd/buttress ./report

# moto and the AWS CLI from the PATH if they are there, else installed.
$(VENV):
	mkdir -p $(VENV)
	command -v moto_server >/dev/null && command -v aws >/dev/null || \
		{ python3 -m venv $(VENV) && $(VENV)/bin/pip install --quiet 'moto[server]==5.2.1' awscli==1.45.11; }

# What validates reports, beside what Python has.
$(VENV)/validators: Makefile | $(VENV)
	python3 -m venv --system-site-packages $(VENV)
	$(VENV)/bin/pip install --quiet botocore xmlschema==4.3.2 cmarkgfm==2025.10.22 check-jsonschema==0.39.0
	touch $@

# What npm installs; without npm the tests that need it say that they were skipped.
$(NPM): Makefile
	rm -rf $(NPM) $(NPM).new
	command -v npm >/dev/null || { echo "npm is not there: reports are not tried in a browser or by Multitool"; mkdir -p $(NPM); exit 0; }; \
	npm install --silent --no-save --ignore-scripts --prefix $(NPM).new $(NPM_PACKAGES) && \
	chmod u+x $(NPM).new/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool && \
	mv $(NPM).new $(NPM) && touch $(NPM)

# Debian's Chromium, where there is none and it can be installed.
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		(apt-get install -y -q chromium >/dev/null 2>&1 || { apt-get update -q >/dev/null && apt-get install -y -q chromium >/dev/null; }); } || \
		echo "chromium is not there: the pages are not tried in a browser"

pictures: $(NPM) chromium ## the pictures in docs/img, anew; pdftoppm is part of poppler-utils
	$(GO) test ./report -run PicturesOfTheAccounts -update
	SCREENSHOTS="$(CURDIR)/docs/img" $(GO) test -tags e2e -count=1 -run 'E2EPagesInABrowser/^tipster' ./report
	cd docs/img && for page in tipster-*.pdf; do \
		pdftoppm -r 80 -f 1 -l 1 -singlefile -png "$$page" "$${page%.pdf}-print" && rm "$$page" || exit 1; done

bench: ## the figures of docs/performance.md
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./...

fuzz: ## each fuzz target for a minute
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(or $(FUZZTIME),60s) $$p || exit 1; done; done
