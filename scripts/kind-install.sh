#!/usr/bin/env bash
# A kind cluster with Sluice from this checkout: makes the cluster where there is none, builds the image, loads it and
# installs the chart, or upgrades it. Needs docker, kind, kubectl and helm. Sluice then answers at
# http://127.0.0.1:8080; scripts/kind-smoke.sh tries it out, `kind delete cluster --name sluice` removes it all.
#
# Further arguments go to helm: scripts/kind-install.sh --set controller.replicaCount=3
#
# This script could not be run where it was written, since there is no container engine there: what it does in a
# cluster is done by test/e2e on a real API server, and what is in the image by test/image.
set -euo pipefail
cd "$(dirname "$0")/.."

cluster=${KIND_CLUSTER:-sluice}
image=sluice:smoke

for program in docker kind kubectl helm; do
  command -v "$program" >/dev/null || { echo "kind-install: expected $program to be installed" >&2; exit 1; }
done

kind get clusters 2>/dev/null | grep -qx "$cluster" ||
  kind create cluster --name "$cluster" --config scripts/kind/cluster.yaml --wait 120s

docker build --tag "$image" .
kind load docker-image "$image" --name "$cluster"

# The node has no load balancer: a port of it is mapped to this machine, which is the address to publish.
helm upgrade --install sluice charts/sluice \
  --kube-context "kind-$cluster" --namespace sluice --create-namespace --wait --timeout 180s \
  --set controller.image.image=sluice,controller.image.tag=smoke,controller.image.pullPolicy=Never \
  --set controller.service.type=NodePort \
  --set controller.service.nodePorts.http=30080,controller.service.nodePorts.https=30443 \
  --set 'controller.publishAddress={127.0.0.1}' \
  "$@"

# An image under the same tag is no change to Kubernetes.
kubectl --context "kind-$cluster" --namespace sluice rollout restart deployment/sluice
kubectl --context "kind-$cluster" --namespace sluice rollout status deployment/sluice --timeout 180s
