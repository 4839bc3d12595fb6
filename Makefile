# One command each for what people and CI do; `make` alone lists them. What needs a Docker engine says so by itself.

# What fills the bake and compose files in. Not exported to the tests, which set their own.
containers := build push up up-dev down rebuild restart repl shell logs ps config version
# What the command line of `make up` sets is kept here for every make that follows; `make up PORT=` forgets it.
ENV_FILE ?= .env
settings := COMPOSE_FILE DATA_VOLUME DOCKER_DIGEST DOCKER_IMAGE DOCKER_TAG DRAIN_DELAY LOG_LEVEL PORT POSTGRES_IMAGE \
  POSTGRES_PASSWORD REDIS_IMAGE STATSD_IMAGE
define read
kept-$1 := $$(shell sed -n 's/^$1=//p' $(ENV_FILE))
ifneq ($$(kept-$1),)
$(containers): export $1 = $$(kept-$1)
endif
endef
# The environment and the command line come first.
$(foreach name,$(if $(wildcard $(ENV_FILE)),$(settings)),$(if $(filter undefined,$(origin $(name))),$(eval $(call read,$(name)))))

ARGS ?=
DIRTY ?=
DOCKER_DIGEST ?=
DOCKER_METADATA_FILE ?= buildx-bake-metadata.json
DOCKER_PROGRESS ?= auto
DOCKER_PUSH ?=
DOCKER_TARGET ?= app

$(containers): export DOCKER_IMAGE ?= dockerflow-demo
$(containers): export DOCKER_TAG ?= latest
# As the command dockerflow-version has it: on the web, even if you cloned by SSH; without a token from the clone's URL;
# blank for a path of this machine.
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

# Each npm script is a target as well, with a dash for the colon: `make test-publish` is `npm run test:publish`. What it
# does is said in package.json, and `build` is the image's.
script := ^    "([a-z:]+)": "(exec )?(node scripts/[a-z]+\.js (.*[^ ]):( .*)?|(.*))",?$$
scripts := $(filter-out build,$(shell sed -nE '/"scripts"/,/^  }/s~$(script)~\1~p' package.json | tr : -))

.DEFAULT_GOAL := help
.PHONY: help ci $(containers) $(scripts)

help:
	@echo 'The service and its tests; each is an npm script too:'
	@sed -nE '/"scripts"/,/^  }/s~$(script)~\1 \4\6~p' package.json | while read -r name what; do \
	  case $$name in build) ;; *) printf '  %-16s %s\n' "$$(echo "$$name" | tr : -)" "$$what" ;; esac; done
	@echo 'The container, with a Docker engine; and CI:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(scripts):
	npm run $(subst -,:,$@)$(if $(ARGS), -- $(ARGS))

test-image: export DOCKER_IMAGE ?= $(error DOCKER_IMAGE: say which image to test)

# Set where a working copy with changes that no commit has is pushed.
changed = $(if $(DOCKER_PUSH),$(shell git status --porcelain | head -n 1))

# What is pushed says truthfully what it was built from.
define check_push
@fail() { echo "make: $$1" >&2; exit 1; }; \
  [ -z '$(if $(changed),yes)' ] || [ -n '$(DIRTY)' ] || \
    fail 'this working copy has changes: commit them, or push with DIRTY=1, which adds -dirty to version and tag'; \
  [ -n "$$DOCKER_SOURCE" ] || fail 'say where the source is: DOCKER_SOURCE=https://…'; \
  [ -n "$$DOCKER_BUILD" ] || fail 'say which job builds it, or where its log is kept: DOCKER_BUILD=https://…'
endef

build: ## builds the image; DOCKER_* and ARGS say which and how
	$(if $(DOCKER_PUSH),$(check_push))
	$(if $(changed),DOCKER_VERSION="$$DOCKER_VERSION-dirty" DOCKER_TAG='$(subst /,-,$(if $(filter latest,$(DOCKER_TAG)),$(DOCKER_VERSION),$(DOCKER_TAG)))-dirty') docker buildx bake --file=docker/docker-bake.hcl --progress=$(DOCKER_PROGRESS) \
	  --metadata-file="$(DOCKER_METADATA_FILE)" $(if $(DOCKER_PUSH),--push,$(if $(filter release,$(DOCKER_TARGET)),,--load)) $(ARGS) $(DOCKER_TARGET)

push: ## builds the image and pushes it to DOCKER_IMAGE; with DIRTY=1 also from changes that no commit has
	$(MAKE) build DOCKER_PUSH=true

# A port that somebody else's process has would fail after the databases have started.
define check_port
@[ -n "$$(docker compose ps --quiet app 2>/dev/null)" ] || ! (: <"/dev/tcp/127.0.0.1/$${PORT:-8000}") 2>/dev/null || \
  { echo "make: port $${PORT:-8000} is taken: stop what listens there, or give another, such as PORT=8001" >&2; exit 1; }
endef
up up-dev: SHELL := /bin/bash

given := $(foreach name,$(settings),$(if $(filter command,$(origin $(name))),$(name)))
define keep
$(if $(given),@umask 077; touch $(ENV_FILE) && { sed -E '$(foreach name,$(given),/^$(name)=/d;)' $(ENV_FILE) && \
  for name in $(given); do value=$$(printenv "$$name"); [ -z "$$value" ] || printf '%s=%s\n' "$$name" "$$value"; done; } >$(ENV_FILE).new && \
  mv $(ENV_FILE).new $(ENV_FILE))
endef

up: ## builds the image, or pulls the one of DOCKER_DIGEST; starts it and its backing services; waits until they are healthy. Keeps what you set in .env
	$(keep)
	$(check_port)
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

repl: ## Node's prompt in the running container, with the app loaded: app.inject('/')
	docker compose exec $$([ -t 0 ] || echo --no-TTY) app node dist/repl.js

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

ci: ## does all that CI does, on a bare Debian machine
	.ci/run
