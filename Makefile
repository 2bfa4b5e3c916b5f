# make demo   build, make a small synthetic city, serve it, print the address
# make test   every test; installs what tests need on a fresh Debian machine
# make help   everything else

GO ?= go
BIN := bin/chengma
VIEWER := api/viewer
VIEWER_SOURCES := $(shell find $(VIEWER) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help demo test test-go test-browser build viewer lint fmt bench fuzz clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: build ## make a small synthetic city, load it, serve it
	$(BIN) demo

build: $(VIEWER)/dist/index.html ## build bin/chengma with the viewer inside
	$(GO) build -trimpath -o $(BIN) ./cmd/chengma

viewer: $(VIEWER)/dist/index.html ## build the web viewer

$(VIEWER)/dist/index.html: $(VIEWER_SOURCES)
	scripts/build-viewer

lint: ## formatting, vet, static checks
	scripts/lint

fmt: ## format the Go code
	$(GO) tool gofumpt -w .

test: build test-go test-browser ## every test

test-go: $(VIEWER)/dist/index.html ## the Go tests
	scripts/test-go

test-browser: build ## the viewer in a real browser
	scripts/test-browser

bench: build ## the measured figures of README and docs
	scripts/bench

fuzz: ## each fuzz target for a while (FUZZTIME=20s)
	scripts/fuzz

clean: ## remove what was built
	rm -rf bin $(VIEWER)/dist/assets $(VIEWER)/dist/index.html $(VIEWER)/node_modules
