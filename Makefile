# One command each for what people and CI do; `make` alone lists them. What needs a Docker engine says so by itself.

DOCKER_IMAGE ?= dockerflow-demo
DOCKER_TAG ?= latest
DOCKER_SOURCE ?= $(shell git config --get remote.origin.url)
DOCKER_COMMIT ?= $(shell git rev-parse HEAD)
DOCKER_VERSION ?= $(shell git describe --tags --always --abbrev=12)
DOCKER_BUILD ?=
DOCKER_METADATA_FILE ?= buildx-bake-metadata.json
DOCKER_PROGRESS ?= auto
DOCKER_PUSH ?=
TARGET ?= app
ARGS ?=

HOST_UID := $(shell id -u)
HOST_GID := $(shell id -g)

COMPOSE_FILE ?= docker/compose.yaml
export COMPOSE_FILE DOCKER_IMAGE DOCKER_TAG DOCKER_SOURCE DOCKER_COMMIT DOCKER_VERSION DOCKER_BUILD HOST_UID HOST_GID

.DEFAULT_GOAL := help
.PHONY: help setup build push up up-dev down rebuild restart shell logs ps config version start test lint typecheck format test-publish docs test-container container bench ci clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## installs the dependencies
	npm run setup

build: ## builds the image; TARGET, ARGS and DOCKER_* say which and how
	docker buildx bake --file=docker/docker-bake.hcl --progress=$(DOCKER_PROGRESS) \
	  --metadata-file="$(DOCKER_METADATA_FILE)" $(if $(DOCKER_PUSH),--push,$(if $(filter release,$(TARGET)),,--load)) $(ARGS) $(TARGET)

push: ## builds the image and pushes it to DOCKER_IMAGE
	$(MAKE) build DOCKER_PUSH=true

up: ## starts the service with its backing services, and waits until they are healthy
	docker compose up --detach --wait $(ARGS)

up-dev: ## the same with the sources mounted
	docker compose --file docker/compose.yaml --file docker/compose.dev.yaml up --build --detach --wait $(ARGS)

down: ## ends them; data stays
	docker compose down --remove-orphans $(ARGS)

rebuild: build ## builds the image again and starts what changed
	$(MAKE) up

restart: ## starts the service again
	docker compose restart app

shell: ## a shell in the running container
	docker compose exec app sh

logs: ## what the service prints
	docker compose logs --follow app

ps: ## what runs
	docker compose ps

config: ## what compose makes of its files
	docker compose config

version: ## what the running container was built from
	docker compose exec app version

start: ## the demo without a container
	npm start

test: ## all tests but the container's
	npm test

lint: ## format, imports, rules
	npm run lint

typecheck: ## types
	npm run typecheck

format: ## mends what lint finds
	npm run format

test-publish: ## rehearses a release
	npm run test:publish

docs: ## builds the site of the documentation
	npm run docs

test-container: ## builds the image and tests it
	npm run test:container

container: ## builds the image and runs it alone
	npm run container

bench: ## the benchmarks; NAME=one of them
	npm run bench -- $(NAME)

ci: ## all that CI does, on a bare Debian machine
	.ci/run

clean: ## removes all that git ignores
	npm run clean
