#!/usr/bin/env bash
# Build every image with docker, podman or buildah, whichever is there first, or what $ENGINE names.
# BASE, VERSION and REGISTRY are read from the environment; further arguments go to each build.
set -euo pipefail
cd "$(dirname "$0")/.."

engine=${ENGINE:-}
for candidate in docker podman buildah; do
  [ -n "$engine" ] || ! command -v "$candidate" >/dev/null || engine=$candidate
done
[ -n "$engine" ] || { echo "Install docker, podman or buildah first." >&2; exit 1; }

version=${VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)}
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)

# build NAME FOLDER [TARGET]
build() {
  local arguments=(--file "$2/Dockerfile" --tag "${REGISTRY:+$REGISTRY/}$1:$version")
  arguments+=(--build-arg "VERSION=$version" --build-arg "REVISION=$revision")
  [ -z "${BASE:-}" ] || arguments+=(--build-arg "BASE=$BASE")
  [ -z "${3:-}" ] || arguments+=(--target "$3")
  echo "Building $1:$version with $engine"
  "$engine" build "${arguments[@]}" "${@:4}" .
}

build tenfold-operator operator "" "$@"
build tenfold-gateway gateway "" "$@"
build tenfold-runtime-serving runtime serving "$@"
build tenfold-runtime runtime runtime "$@"
