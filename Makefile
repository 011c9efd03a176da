# The few commands people type; Meson and Ninja do the work.
BUILD = build/release
CHECKED = build/checked
MEDIA ?=
DATA ?= data
LISTEN ?= 127.0.0.1:8460
PREFIX ?= /usr/local

.PHONY: build run test bench install deps clean

build: deps $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet program

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --buildtype=release -Ddebug=true >/dev/null

deps:
	@tools/install-deps

run: build
	@tools/run-local "$(BUILD)/src/main/reeve" "$(MEDIA)" "$(DATA)" "$(LISTEN)"

test: deps
	@python3 tools/run-tests $(TESTS)

bench: build
	@python3 tools/run-bench

# DESTDIR= and PREFIX= as usual.
install: build
	@meson configure $(BUILD) --prefix="$(abspath $(PREFIX))"
	@meson install -C $(BUILD) --no-rebuild --quiet

clean:
	rm -rf build
