#!/usr/bin/env bash
# What `az image builder` does with a template, from login to delete, against Kiln's local mode. Start that first:
#   npm run kiln -- local --sample-world
# Usage: docs/az/life-cycle.sh [env.sh of local mode]
set -euo pipefail
cd "$(dirname "$0")"

source "${1:-../../.kiln/local/env.sh}"
group=images
name="az-demo-$$"

say() { printf '\n== %s\n' "$*"; }
template() { az image builder "$@" --resource-group "$group" --name "$name"; }
expect() { # expect WHAT ACTUAL WANTED
  [ "$2" = "$3" ] || { echo "$1 is '$2', not '$3'" >&2; exit 1; }
  echo "$1: $2"
}

say "log in: any service principal of this machine's own tenant"
az login --service-principal -u "$AZURE_CLIENT_ID" -p "$AZURE_CLIENT_SECRET" \
  --tenant 00000000-0000-4000-8000-000000000002 --output none
az account show --query '{cloud: environmentName, subscription: id}' --output tsv

say "create from a file"
template create --image-template template.json --output none
expect state "$(template show --query provisioningState -o tsv)" Succeeded
echo "source: $(template show --query source.exactVersion -o tsv)"
az image builder list --resource-group "$group" --query "[?name=='$name'].name" --output tsv

say "run, and wait for the end"
template run --output none
expect run "$(template show --query lastRunStatus.runState -o tsv)" Succeeded
template show-runs --query '[].{output: name, artifact: artifactUri}' --output tsv

say "add a customizer and an output, and send both as one new revision"
# az collects changes with --defer and sends them with update. Simulated machines read the comment, real ones sleep.
template customizer add --customizer-name slow --type shell --defer --output none \
  --inline-script '# kiln-simulate: seconds=120' 'sleep 120'
template output add --output-name copy --is-vhd --defer --output none
template update --output none
expect customizers "$(template show --query 'customize[].name' -o tsv | tr '\n' ' ')" 'greet slow '
expect outputs "$(template show --query 'length(distribute)' -o tsv)" 2

say "take the identity away and give it back"
identity=$(template identity show --query 'keys(userAssignedIdentities)[0]' -o tsv)
echo "principal: $(template identity show --query "userAssignedIdentities.\"$identity\".principalId" -o tsv)"
template identity remove --user-assigned "$identity" --yes --output none
expect identity "$(template identity show --query type -o tsv)" None
template identity assign --user-assigned "$identity" --output none
expect identity "$(template identity show --query type -o tsv)" UserAssigned

say "add a validator section and remove it"
template validator add --continue-distribute-on-failure true --defer --output none
template update --output none
# `validator show` of az 2.45 looks into its own cache only.
expect validator "$(template show --query validate.continueDistributeOnFailure -o tsv)" true
template validator remove --defer --output none
template update --output none
expect validator "$(template show --query validate -o tsv)" ""

say "run without waiting, and cancel"
template run --no-wait --output none
template wait --custom "lastRunStatus.runState=='Running'" --interval 1 --timeout 60
template cancel --output none
template wait --custom "lastRunStatus.runState=='Canceled'" --interval 1 --timeout 60
expect run "$(template show --query lastRunStatus.runState -o tsv)" Canceled

say "remove the customizer and the output again, then every customizer"
template customizer remove --customizer-name slow --defer --output none
template output remove --output-name copy --defer --output none
template update --output none
expect customizers "$(template show --query 'customize[].name' -o tsv)" greet
expect outputs "$(template show --query 'length(distribute)' -o tsv)" 1
template customizer clear --defer --output none
template update --output none
expect customizers "$(template show --query 'customize || `[]` | length(@)' -o tsv)" 0

say "delete"
template delete --output none
if template show --output none 2>/dev/null; then
  echo "the template is still there" >&2
  exit 1
fi
echo "gone"
