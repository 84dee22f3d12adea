/**
 * What the serial console of a Linux machine tells while its agent is away: it is read from outside, in Azure through boot
 * diagnostics. https://learn.microsoft.com/azure/virtual-machines/boot-diagnostics
 */

/** A line on the console of which all that comes later is seen to be later. */
export function consoleNote(name: string): string {
  return `kiln: ${name} begins`;
}

/**
 * The kernel's last word before a restart, which no `quiet` keeps back, the first one of the next, and those of the
 * programs in between. https://github.com/torvalds/linux/blob/v6.6/kernel/reboot.c
 */
const NEW_START =
  /reboot: (?:Restarting system|machine restart)|sysrq: Resetting|\] Linux version \d|^Booting `|Welcome to GRUB|SeaBIOS \(|BdsDxe: starting/im;

/** True when the machine has started anew since the script of that name began; false when the console does not tell. */
export function startedAnew(serial: string, name: string): boolean {
  const note = consoleNote(name);
  const at = serial.lastIndexOf(note);
  return at !== -1 && NEW_START.test(serial.slice(at + note.length));
}
