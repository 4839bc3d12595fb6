# What `docker buildx bake` builds: app (the default), test, dev and release; base has the images for any service to
# build on (base/README.md). The Makefile and the workflows set the variables.

variable "DOCKER_IMAGE" {
  default = "dockerflow-demo"
}
variable "DOCKER_TAG" {
  default = "latest"
}
variable "DOCKER_SOURCE" {
  default = ""
}
variable "DOCKER_VERSION" {
  default = ""
}
variable "DOCKER_COMMIT" {
  default = ""
}
variable "DOCKER_BUILD" {
  default = ""
}
# When the image says that it was made, in seconds since 1970: the commit's time, or 1980, but never the time of the
# build. Two builds of one commit give one digest.
variable "SOURCE_DATE_EPOCH" {
  default = ""
}

group "default" {
  targets = ["app"]
}

target "app" {
  context    = "."
  dockerfile = "docker/Dockerfile"
  target     = "production"
  tags       = ["${DOCKER_IMAGE}:${DOCKER_TAG}"]
  args = {
    SOURCE  = DOCKER_SOURCE
    VERSION = DOCKER_VERSION
    COMMIT  = DOCKER_COMMIT
    BUILD   = DOCKER_BUILD

    SOURCE_DATE_EPOCH = notequal(SOURCE_DATE_EPOCH, "") ? SOURCE_DATE_EPOCH : "315532800"
  }
}

target "test" {
  inherits = ["app"]
  target   = "test"
  tags     = ["${DOCKER_IMAGE}:test"]
}

target "dev" {
  inherits = ["app"]
  target   = "development"
  tags     = ["${DOCKER_IMAGE}:dev"]
}

# What is published: not built unless it says what it was built from, and with what is needed to check that.
target "release" {
  inherits  = ["app"]
  platforms = ["linux/amd64", "linux/arm64"]
  no-cache  = true
  attest    = ["type=provenance,mode=max", "type=sbom"]
  args = {
    RELEASE = "1"
  }
}

group "base" {
  targets = ["dockerflow-build", "dockerflow-run"]
}

target "dockerflow-build" {
  context    = "."
  dockerfile = "docker/base/Dockerfile"
  target     = "dockerflow-build"
  tags       = ["dockerflow-build:${DOCKER_TAG}"]
}

target "dockerflow-run" {
  inherits = ["dockerflow-build"]
  target   = "dockerflow-run"
  tags     = ["dockerflow-run:${DOCKER_TAG}"]
}
