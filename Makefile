# One command each for what people and CI do; `make` alone lists them. What needs a Docker engine says so by itself.

ARGS ?=
DOCKER_DIGEST ?=
DOCKER_METADATA_FILE ?= buildx-bake-metadata.json
DOCKER_PROGRESS ?= auto
DOCKER_PUSH ?=
DOCKER_TARGET ?= app

# What bake and compose fill their files in with. The tests are not told: they have names of their own for all of it.
containers := build push up up-dev down rebuild restart shell logs ps config version
$(containers): export DOCKER_IMAGE ?= dockerflow-demo
$(containers): export DOCKER_TAG ?= latest
# As dockerflow-version says it: on the web, also where the clone was made by SSH; without the token that a clone may
# have been made with; blank where it is a path of this machine.
$(containers): export DOCKER_SOURCE ?= $(shell git config --get remote.origin.url | sed -nE \
  's,^[^@:/]+@([^@:/]+):/*,ssh://\1/,; s,//[^/]*@,//,; s,(\.git)?/*$$,,; s,^(ssh|git)://([^/:]+)(:[0-9]+)?/,https://\2/,; /^https?:/p')
$(containers): export DOCKER_COMMIT ?= $(shell git rev-parse HEAD)
# Tags such as @dockerflow/version@1.0.0 are of packages.
$(containers): export DOCKER_VERSION ?= $(shell git describe --tags --exclude='*@*' --always --abbrev=12)
$(containers): export DOCKER_BUILD ?=
# Two builds of one commit are one image, and `up` has nothing to start again.
$(containers): export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct)
$(containers): export HOST_UID ?= $(shell id -u)
$(containers): export HOST_GID ?= $(shell id -g)
$(containers): export COMPOSE_FILE ?= docker/compose.yaml$(if $(DOCKER_DIGEST),:docker/compose.ci.yaml)

.DEFAULT_GOAL := help
.PHONY: help setup $(containers) start container lint typecheck format test test-compat test-publish test-container test-image docs pack release-version bench ci clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## installs the dependencies
	npm run setup

build: ## builds the image; DOCKER_* and ARGS say which and how
	docker buildx bake --file=docker/docker-bake.hcl --progress=$(DOCKER_PROGRESS) \
	  --metadata-file="$(DOCKER_METADATA_FILE)" $(if $(DOCKER_PUSH),--push,$(if $(filter release,$(DOCKER_TARGET)),,--load)) $(ARGS) $(DOCKER_TARGET)

push: ## builds the image and pushes it to DOCKER_IMAGE
	$(MAKE) build DOCKER_PUSH=true

up: ## builds the image, or pulls the one of DOCKER_DIGEST; starts it and its backing services; waits until they are healthy
	$(if $(DOCKER_DIGEST),,$(MAKE) build DOCKER_TARGET=app DOCKER_PUSH= ARGS=)
	docker compose up --detach --wait --no-build $(ARGS)

up-dev: ## the same with the sources mounted, which are compiled as they change
	docker compose --file docker/compose.yaml --file docker/compose.dev.yaml up --build --detach --wait $(ARGS)

down: ## ends them; data stays, unless ARGS=--volumes
	docker compose down --remove-orphans $(ARGS)

rebuild: ## builds the image again, from nothing with ARGS=--no-cache, and starts all of it anew
	$(MAKE) build DOCKER_TARGET=app DOCKER_PUSH=
	docker compose up --detach --wait --no-build --force-recreate

restart: ## starts the service again
	docker compose restart app

shell: ## a shell in the running container
	docker compose exec $$([ -t 0 ] || echo --no-TTY) app sh

logs: ## what the service prints; ARGS such as --tail=100
	docker compose logs --follow $(ARGS) app

ps: ## what runs
	docker compose ps

config: ## what compose makes of its files
	docker compose config

version: ## what the running container was built from
	docker compose exec app version

start: ## the demo without a container
	npm start

container: ## builds the image and runs it alone
	npm run container

lint: ## format, imports, rules
	npm run lint

typecheck: ## types
	npm run typecheck

format: ## mends what lint finds
	npm run format

test: ## all tests but those below
	npm test

test-compat: ## the examples with the lowest and the newest versions that they are for
	npm run test:compat

test-publish: ## rehearses a release
	npm run test:publish

test-container: ## builds the image and tests it
	npm run test:container

test-image: ## tests the image that DOCKER_IMAGE names, as it is
	@: $${DOCKER_IMAGE:?names the image to test}
	npm run test:image

docs: ## builds the site of the documentation
	npm run docs

pack: ## packs the packages into the folder ARGS, as a release does
	npm run pack:all -- $(ARGS)

release-version: ## gathers the changesets into versions and changelogs
	npm run release:version

bench: ## the benchmarks; ARGS=one of them
	npm run bench -- $(ARGS)

ci: ## all that CI does, on a bare Debian machine
	.ci/run

clean: ## removes all that git ignores
	npm run clean
