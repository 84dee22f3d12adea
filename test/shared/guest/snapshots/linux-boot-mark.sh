#!/bin/sh
script=/tmp/DeprovisioningScript.sh
now="/var/lib/kiln-deprovisioning-$(cat /proc/sys/kernel/random/boot_id)"
for kept in /var/lib/kiln-deprovisioning-*; do
  if [ -f "$kept" ] && [ "$kept" != "$now" ] && [ ! -e "$script" ]; then cp -p "$kept" "$script"; fi
  rm -f "$kept"
done
if [ -f "$script" ]; then cp -p "$script" "$now"; fi
cat /proc/sys/kernel/random/boot_id
