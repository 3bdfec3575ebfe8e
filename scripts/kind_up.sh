#!/usr/bin/env bash
# Start the cluster of kind-config.yaml, load the images of `make images`, and install the chart.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in kind kubectl helm; do
  command -v "$tool" >/dev/null || { echo "Install $tool first." >&2; exit 1; }
done

version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
if ! kind get clusters 2>/dev/null | grep -qx tenfold; then
  kind create cluster --config kind-config.yaml --wait 5m
fi
for part in operator gateway runtime; do
  kind load docker-image --name tenfold "tenfold-$part:$version"
done

kubectl config use-context kind-tenfold
helm upgrade --install tenfold charts/tenfold --namespace tenfold --create-namespace --wait --timeout 5m \
  --set gateway.service.type=NodePort --set gateway.service.nodePort=30080 --set operator.url=http://127.0.0.1:8080 "$@"
kubectl label namespace tenfold --overwrite pod-security.kubernetes.io/enforce=restricted
