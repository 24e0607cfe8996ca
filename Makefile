# Every target sets up what it needs. `make demo` needs python3 (>= 3.11, with venv) and nothing else.
PORT ?= 8000
DATA ?= .idp-demo
PYTHON ?= python3
# Debian's interpreter is built with profiles and link-time optimisation: a login costs it a third less than pyenv's.
export UV_PYTHON ?= $(firstword $(wildcard /usr/bin/python3.11) $(PYTHON))
UV := .venv-tools/bin/uv
BIN := .venv/bin
SYNC := UV_PYTHON_DOWNLOADS=never $(UV) sync --quiet --frozen --inexact
SLOWER := tests/connectors/card tests/connectors/sandbox tests/idp/agents tests/idp/basic4 tests/idp/cli \
	tests/idp/consent_signing tests/idp/consents tests/idp/continuity tests/idp/custody tests/idp/exchange \
	tests/idp/jpki/path tests/idp/login tests/idp/my tests/idp/oidc tests/idp/organizations tests/idp/passkeys \
	tests/idp/passwords tests/idp/people tests/idp/procedures tests/idp/revocation \
	tests/idp/services/test_service_changes.py tests/idp/signature_status tests/idp/signatures tests/idp/sources \
	tests/idp/store tests/idp/tenants/test_administration.py tests/idp/tenants/test_directory.py tests/idp/test_logs.py \
	tests/idp/trust tests/idp/user_numbers tests/idp/verification tests/idp/web/test_help_pages.py tests/idp/worker
BESIDE := tests/idp/cli tests/idp/continuity tests/connectors/sandbox
APT := python3-venv python3-dev python3-tk swig libpcsclite-dev gcc postgresql-15 redis-server pcscd vsmartcard-vpcd opensc \
	opensc-pkcs11 iproute2 xvfb xdotool xdg-utils nginx-light libnss3-tools chromium fonts-noto-cjk openssl \
	libapache2-mod-auth-openidc xmlsec1 poppler-utils unicode-data

# A machine that keeps no bytecode compiles the whole product anew for every `idp` that a test starts: seconds each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-inside test-outside prove prove-coverage coverage prove-ppid prove-oidc lint bench bundle clean setup setup-test apt

help: ## List the targets
	@grep -E '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

.venv-tools/bin/uv:
	$(PYTHON) -m venv .venv-tools
	.venv-tools/bin/pip install --quiet --disable-pip-version-check uv

setup: $(UV)
	@echo "Installing what uv.lock pins; the first time takes a minute."
	@$(SYNC)

setup-test: apt $(UV)
	@$(SYNC) --all-extras
	@.ci/npm tests/clients

apt:
	@.ci/apt $(APT)

demo: setup ## Run the whole product with a sandbox town [PORT=8000] [DATA=.idp-demo] [READY=file]
	$(BIN)/idp demo --port $(PORT) --data $(DATA) $(if $(READY),--ready-file $(READY))

test: setup-test ## All tests at small scale
	$(BIN)/pytest tests/ppid tests/connectors tests/idp tests/rules $(SLOWER:%=--ignore=%)
	$(MAKE) --no-print-directory -j2 -Otarget test-inside test-outside

# The rest in two halves of equal length beside each other: most of one computes, most of the other waits for browsers,
# cards and processes.
test-inside:
	$(BIN)/pytest $(filter-out $(BESIDE),$(SLOWER)) tests/conformance tests/contracts tests/isolation tests/canaries
	$(MAKE) --no-print-directory coverage

test-outside:
	$(BIN)/pytest tests/clients tests/card tests/flows tests/browser $(BESIDE) tests/vectors

prove: setup-test ## The same tests at full scale, figure beside bar
	IDP_SCALE=full $(BIN)/pytest tests -s

prove-coverage: setup-test coverage ## Branch coverage of derivation and verification engine: 100 %

coverage:
	$(BIN)/pytest tests/ppid --cov=ppid --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/pytest tests/idp/jpki tests/vectors --deselect tests/vectors/test_mutations.py --cov=idp/jpki --cov-branch \
		--cov-report=term-missing:skip-covered --cov-fail-under=100

prove-ppid: setup-test ## A million pairs, rotations and restore, bulk, first logins at once: figure beside bar
	IDP_SCALE=full $(BIN)/pytest tests -s -m prove_ppid

prove-oidc: setup-test ## Codes redeemed 200 times at once, and every replay refused: figure beside bar
	IDP_SCALE=full $(BIN)/pytest tests -s -m prove_oidc

prove-%: setup-test ## One subject at full scale: revocation, mutations, verification ...
	IDP_SCALE=full $(BIN)/pytest tests -s -k $*

lint: setup-test ## Format, lint, types, import rules
	$(BIN)/ruff format --check ppid connectors idp tests
	$(BIN)/ruff check ppid connectors idp tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup-test ## CPU of a validation and a login, the counts of a login, and oidc-provider beside it (needs npm)
	npm ci --silent --prefix tests/bench
	$(BIN)/python tests/bench/validation.py
	$(BIN)/python tests/bench/login.py
	$(BIN)/python tests/bench/comparison.py

bundle: $(UV) ## Wheels with hashes for an installation without internet
	mkdir -p build/bundle
	$(UV) build --quiet --wheel --out-dir build/bundle
	$(UV) export --quiet --frozen --no-dev --extra postgres --extra redis --extra vault --extra documents --no-emit-project -o build/bundle/requirements.txt
	UV_PYTHON_DOWNLOADS=never $(UV) venv --quiet --clear --seed build/bundle-venv
	build/bundle-venv/bin/pip download --quiet --require-hashes --dest build/bundle -r build/bundle/requirements.txt
	cd build/bundle && sha256sum *.whl > SHA256SUMS

clean: ## Remove what the other targets made, but for the demo's data
	rm -rf .venv .venv-tools build dist .mypy_cache .ruff_cache .import_linter_cache tests/artefacts .coverage
