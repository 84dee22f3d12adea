import { KilnError } from '../errors/failure.ts';
import type { Customizer } from '../model/template.ts';
import { bootMark } from './boot-mark.ts';
import { LINUX_INVENTORY } from './linux-inventory.ts';
import type { OsType } from './os-type.ts';
import type { GuestScript } from './script.ts';
import { windowsInventory } from './windows-inventory.ts';
import { restartCheck, restartCommand, windowsBootMark } from './windows-restart.ts';

/** The commands of a WindowsRestart. */
export function renderRestart(step: Customizer, kind: 'restart-command' | 'restart-check'): GuestScript {
  if (step.type !== 'WindowsRestart')
    throw new KilnError({ code: 'BrokenInvariant', message: `"${step.name}" has no restart command.` });
  return kind === 'restart-command'
    ? restartCommand(step.restartCommand)
    : restartCheck(step.restartCheckCommand);
}

export function renderBootMark(osType: OsType): GuestScript {
  return osType === 'Windows' ? windowsBootMark() : bootMark();
}

export function renderInventory(osType: OsType): GuestScript {
  return osType === 'Windows' ? windowsInventory() : { text: LINUX_INVENTORY, environment: {} };
}
