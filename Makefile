# Each target is a line that a person could type; `make` alone lists them.

PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV   := .venv
BIN    := $(VENV)/bin
AUDIT  := .venv-audit
PORT   ?= 8080

.DEFAULT_GOAL := help
.PHONY: help install up helm test slow envtest e2e clients audit lint format type check bench generate docs images kind-up kind-down clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed  ## Set up .venv: everything needed to serve and to test

# Made again only when what it is made from changes.
$(VENV)/installed: pyproject.toml hatch_build.py scripts/install_torch.py $(wildcard runtime/tenfold_runtime/operators/*.[ch])
	@echo "Setting up $(VENV) (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python scripts/install_torch.py
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

up: $(VENV)/installed  ## Serve the examples on http://127.0.0.1:8080
	@$(BIN)/python examples/prepare.py
	@$(BIN)/tenfold up --file examples --port $(PORT)

helm: $(BIN)/helm  ## Fetch helm and kubectl for the tests of the chart, where there is no helm

$(BIN)/helm: $(VENV)/installed
	@$(BIN)/python scripts/install_helm.py

test: $(VENV)/installed  ## Run every test that takes seconds
	@$(BIN)/python -m pytest

slow: $(VENV)/installed  ## Run the tests that take minutes: any body to any task, the training of the example
	@$(BIN)/python -m pytest tests/slow

envtest: $(VENV)/installed  ## Run the stories of a cluster against the API server in $$KUBEBUILDER_ASSETS
	@test -x "$(KUBEBUILDER_ASSETS)/kube-apiserver" \
		|| { echo 'KUBEBUILDER_ASSETS names no folder with etcd, kube-apiserver and kubectl'; exit 1; }
	@$(BIN)/python -m pytest tests/integration/operator tests/integration/gateway

e2e: helm  ## Tell the stories of a whole cluster to the one that KUBECONFIG names, if it is for tests
	@PATH="$(BIN):$$PATH" $(BIN)/python -m pytest tests/e2e

clients: $(VENV)/installed  ## Run the clients' own methods against Tenfold, and write docs/clients.md
	@$(BIN)/python scripts/install_clients.py
	@$(BIN)/python -m pytest tests/clients
	@$(BIN)/python scripts/client_table.py > docs/clients.md

audit: helm $(AUDIT)/installed  ## Check the chart, the images' recipes and the workflows against checkov's rules
	@mkdir -p build
	@PATH="$(BIN):$$PATH" helm template tenfold charts/tenfold --namespace tenfold > build/chart.yaml
	@LOG_LEVEL=CRITICAL $(AUDIT)/bin/checkov --config-file .checkov.yaml --file build/chart.yaml \
		*/Dockerfile .github/workflows/*.yml

# In an environment of its own: it pins what others need newer.
$(AUDIT)/installed:
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet 'checkov>=3.3,<4'
	@touch $@

lint: $(VENV)/installed  ## Check style and the boundaries between the parts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/yamllint --strict .
	@$(BIN)/lint-imports

format: $(VENV)/installed  ## Put the code into the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

type: $(VENV)/installed  ## Check the types
	@$(BIN)/mypy
	@$(BIN)/mypy benchmarks --exclude benchmarks/peers

check: lint type test slow  ## All that CI runs

bench: $(VENV)/installed  ## Measure beside peers, and write docs/benchmarks.md (an hour)
	@$(BIN)/python -m pip install --quiet --editable '.[bench]'
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python scripts/install_torch.py
	@.venv-peers/bin/python -m pip install --quiet --requirement benchmarks/peers/requirements.txt
	@test -x .venv-genai/bin/python || $(PYTHON) -m venv .venv-genai
	@.venv-genai/bin/python scripts/install_torch.py
	@.venv-genai/bin/python -m pip install --quiet --requirement benchmarks/peers/genai-requirements.txt
	@$(BIN)/python benchmarks

generate: helm  ## Write the files that are made from the code and the chart
	@$(BIN)/python -m tenfold_api.generated .
	@$(BIN)/python -m tenfold_runtime.reference > docs/tasks.md
	@$(BIN)/python scripts/chart_values.py
	@$(BIN)/python scripts/dashboards.py
	@PATH="$(BIN):$$PATH" $(BIN)/python scripts/manifests.py

docs: $(VENV)/installed  ## Build the documentation's site into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

images:  ## Build the container images with docker, podman or buildah
	@scripts/build_images.sh

kind-up: images  ## Start a kind cluster with Tenfold in it, on http://127.0.0.1:8080
	@scripts/kind_up.sh

kind-down:  ## Delete that cluster
	@kind delete cluster --name tenfold

clean:  ## Remove what the targets made
	rm -rf $(VENV) $(AUDIT) build site examples/models .mypy_cache .pytest_cache .ruff_cache
