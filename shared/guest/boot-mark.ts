import type { GuestScript } from './script.ts';

/** What a system makes anew at each boot and at no other time. random(4): "a random UUID string, generated at boot". */
export function bootMark(): GuestScript {
  return { text: '#!/bin/sh\ncat /proc/sys/kernel/random/boot_id\n', environment: {} };
}
