#!/usr/bin/env bash
# Tries out what scripts/kind-install.sh has made: traffic flows, the Ingress says where, what is wrong with it is told,
# and a rolling update of Sluice fails no request. Needs kubectl and curl.
#
# Where it was written there is no container engine, hence no kind: it was run on the cluster of `npm run cluster`, with
# KUBE_CONTEXT and HTTP set.
set -euo pipefail
cd "$(dirname "$0")/.."

context=(--context "${KUBE_CONTEXT:-kind-${KIND_CLUSTER:-sluice}}")
url=${HTTP:-http://127.0.0.1:8080}
host=hello.example.com

say() { printf '== %s\n' "$*"; }
get() { curl --silent --show-error --fail --max-time 10 --header "Host: $host" "$url/"; }

# Runs a command until it succeeds, for at most a minute.
eventually() {
  for _ in $(seq 60); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 1
  done
  echo "kind-smoke: gave up on: $*" >&2
  "$@"
}

has_address() {
  [ -n "$(kubectl "${context[@]}" --namespace sluice-smoke get ingress hello \
    --output 'jsonpath={.status.loadBalancer.ingress[0]}')" ]
}

has_event() {
  kubectl "${context[@]}" --namespace sluice-smoke get events.events.k8s.io \
    --output 'jsonpath={range .items[*]}{.note}{"\n"}{end}' | grep retyr-attempts
}

say 'a backend and its Ingress'
kubectl "${context[@]}" apply --filename scripts/kind/smoke.yaml
kubectl "${context[@]}" --namespace sluice-smoke rollout status deployment/hello --timeout 120s

say 'traffic flows'
eventually get
[ "$(get)" = hello ] || { echo "kind-smoke: expected hello, not $(get)" >&2; exit 1; }

say 'the Ingress has an address, and an Event names the annotation that is misspelt'
eventually has_address
eventually has_event

say 'a rolling update fails no request'
failures=$(mktemp)
trap 'rm -f "$failures"' EXIT
(while :; do get >/dev/null 2>>"$failures" || echo failed >>"$failures"; done) &
loop=$!
trap 'kill "$loop" 2>/dev/null || true; rm -f "$failures"' EXIT
kubectl "${context[@]}" --namespace sluice rollout restart deployment/sluice
kubectl "${context[@]}" --namespace sluice rollout status deployment/sluice --timeout 180s
sleep 15
seen=$(cat "$failures")
kill "$loop"
[ -z "$seen" ] || { printf 'kind-smoke: requests failed:\n%s\n' "$seen" >&2; exit 1; }

kubectl "${context[@]}" delete --filename scripts/kind/smoke.yaml --wait=false
say 'all of it works'
