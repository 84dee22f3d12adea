#!/bin/sh
set -eu
rm -rf /var/lib/.kiln-checkpoint
mkdir -m 700 /var/lib/.kiln-checkpoint
if [ -f /tmp/DeprovisioningScript.sh ]; then cp -p /tmp/DeprovisioningScript.sh /var/lib/.kiln-checkpoint/deprovision; fi
rm -f /var/lib/systemd/random-seed
if command -v fstrim >/dev/null 2>&1; then timeout 60 fstrim / 2>/dev/null || true; fi
sync
