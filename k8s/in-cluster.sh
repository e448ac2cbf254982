#!/bin/sh
# Runs a command of the pipeline as a Job with the CronJob's settings: k8s/in-cluster.sh NAME COMMAND [ARGUMENT]…
# The Job is not owned by the CronJob, whose history limit would delete it, also while it runs; its own time to live does.
set -eu
[ $# -ge 2 ] || { echo "expected a name for the Job and a command, as: $0 first schedule" >&2; exit 64; }
name=$1
shift
args=$(printf '"%s",' "$@")
kubectl create job "$name" --from=cronjob/credit-default-pipeline --dry-run=client -o json |
  kubectl patch --local -f - --type=json -o json -p '[
    {"op": "remove", "path": "/metadata/ownerReferences"},
    {"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": ['"${args%,}"']}]' |
  kubectl create -f -
