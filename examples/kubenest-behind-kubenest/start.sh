#!/bin/sh
# sh examples/kubenest-behind-kubenest/start.sh FOLDER FRONT_PORT BACK_PORT
# Two servers, each with keys and a database of its own below FOLDER: the one in front has the users and the namespaces, the one behind it
# the boats. Both end with this script.
set -eu
folder=${1:-fleet} front=${2:-6511} back=${3:-6512}
here=$(cd "$(dirname "$0")" && pwd)
start="node $here/../../scripts/start.mjs"
trap 'trap - EXIT; kill $(jobs -p) 2>/dev/null; wait' EXIT INT TERM
mkdir -p "$folder"

ready() { # FOLDER OF A SERVER
  until kubectl --kubeconfig "$1/admin.kubeconfig" get --raw /readyz >/dev/null 2>&1; do sleep 0.2; done
}

# 1. The front, and who the server behind it will be there.
$start --data-dir "$folder/front" --secure-port "$front" >"$folder/front.log" 2>&1 &
until grep -q 'is ready' "$folder/front.log"; do kill -0 $! || { cat "$folder/front.log"; exit 1; }; sleep 0.2; done
ready "$folder/front"
export KUBECONFIG="$folder/front/admin.kubeconfig"
kubectl apply -f "$here/delegate.yaml"

# 2. A kubeconfig with that account's token.
kubectl create token boats -n kube-system --duration 24h >"$folder/boats.token"
delegate="$folder/delegate.kubeconfig"
kubectl config --kubeconfig "$delegate" set-cluster front --server "https://127.0.0.1:$front" \
  --certificate-authority "$folder/front/pki/ca.crt" --embed-certs
kubectl config --kubeconfig "$delegate" set-credentials boats --token "$(cat "$folder/boats.token")"
kubectl config --kubeconfig "$delegate" set-context boats --cluster front --user boats
kubectl config --kubeconfig "$delegate" use-context boats

# 3. A certificate for the name by which the front verifies the server behind: SERVICE.NAMESPACE.svc.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=boats.default.svc \
  -addext subjectAltName=DNS:boats.default.svc,IP:127.0.0.1 -keyout "$folder/boats.key" -out "$folder/boats.crt" 2>/dev/null

# 4. The server behind.
$start --data-dir "$folder/back" --secure-port "$back" \
  --tls-cert-file "$folder/boats.crt" --tls-private-key-file "$folder/boats.key" \
  --authentication-kubeconfig "$delegate" --authorization-kubeconfig "$delegate" --kubeconfig "$delegate" \
  --api-groups sea.example.com,apiextensions.k8s.io >"$folder/back.log" 2>&1 &
until grep -q 'is ready' "$folder/back.log"; do kill -0 $! || { cat "$folder/back.log"; exit 1; }; sleep 0.2; done
ready "$folder/back"
kubectl --kubeconfig "$folder/back/admin.kubeconfig" apply -f "$here/boats.yaml"

# 5. The front is told where the group is.
kubectl apply -f - <<MANIFEST
apiVersion: v1
kind: Service
metadata: { name: boats, namespace: default }
spec: { type: ExternalName, externalName: 127.0.0.1 }
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1.sea.example.com }
spec:
  group: sea.example.com
  version: v1
  groupPriorityMinimum: 1000
  versionPriority: 15
  caBundle: $(base64 <"$folder/boats.crt" | tr -d '\n')
  service: { namespace: default, name: boats, port: $back }
MANIFEST
kubectl wait --for=condition=Available apiservice/v1.sea.example.com
echo "both are ready: export KUBECONFIG=$folder/front/admin.kubeconfig"
wait
