import { DEPROVISIONING_SCRIPT } from './deprovision.ts';
import type { GuestScript } from './script.ts';

/**
 * What a system makes anew at each boot and at no other time. random(4): "a random UUID string, generated at boot".
 * It is asked before and after each restart, so that it carries the deprovisioning script, with what steps have made of
 * it, over a restart that empties /tmp.
 */
export function bootMark(): GuestScript {
  return { text: SCRIPT, environment: {} };
}

const SCRIPT = `#!/bin/sh
script=${DEPROVISIONING_SCRIPT}
now="/var/lib/kiln-deprovisioning-$(cat /proc/sys/kernel/random/boot_id)"
for kept in /var/lib/kiln-deprovisioning-*; do
  if [ -f "$kept" ] && [ "$kept" != "$now" ] && [ ! -e "$script" ]; then cp -p "$kept" "$script"; fi
  rm -f "$kept"
done
if [ -f "$script" ]; then cp -p "$script" "$now"; fi
cat /proc/sys/kernel/random/boot_id
`;
