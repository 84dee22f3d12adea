import type { FromSchema } from 'json-schema-to-ts';
import { KilnError } from '../errors/failure.ts';
import type { GuestScript } from '../guest/script.ts';
import type { Customizer } from '../model/template.ts';
import { file, fileSchema } from './file.ts';
import type { Rendering, StepKind, StepShape, StepType } from './kind.ts';
import { linuxRestart, linuxRestartSchema } from './linux-restart.ts';
import { powerShell, powerShellSchema } from './power-shell.ts';
import { shell, shellSchema } from './shell.ts';
import { windowsRestart, windowsRestartSchema } from './windows-restart.ts';
import { windowsUpdate, windowsUpdateSchema } from './windows-update.ts';

/** The kinds of steps: a new one is its model in shared/model/template.ts, its file beside this one, and its two rows here. */
export const customizerSchema = {
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [
    shellSchema,
    powerShellSchema,
    fileSchema,
    windowsRestartSchema,
    windowsUpdateSchema,
    linuxRestartSchema,
  ],
} as const;

export type WireStep = FromSchema<typeof customizerSchema, { keepDefaultedPropertiesOptional: true }>;
type Kinds = {
  readonly [T in StepType]: StepKind<Extract<WireStep, { type: T }>, Extract<Customizer, { type: T }>>;
};

const KINDS: Kinds = {
  Shell: shell,
  PowerShell: powerShell,
  File: file,
  WindowsRestart: windowsRestart,
  WindowsUpdate: windowsUpdate,
  LinuxRestart: linuxRestart,
};

/** The system that a kind of step runs on; undefined: both. */
export function systemOf(type: StepType): 'Linux' | 'Windows' | undefined {
  return KINDS[type].system;
}

/** Kinds that run on a system, for messages. */
export function kindsFor(osType: 'Linux' | 'Windows'): string[] {
  return Object.entries(KINDS).flatMap(([type, { system = osType }]) => (system === osType ? [type] : []));
}

/** Steps without a name get one from their type and their place, from 1. */
export function toStep<T extends StepType>(
  wire: Extract<WireStep, { type: T }>,
  index: number,
): Extract<Customizer, { type: T }> {
  const name = wire.name === undefined || wire.name === '' ? `${wire.type}-${index + 1}` : wire.name;
  return of<T>(wire.type).toStep(wire, name);
}

export function planOf<T extends StepType>(
  step: Extract<Customizer, { type: T }>,
  buildSeconds: number,
): StepShape {
  return of<T>(step.type).plan(step, buildSeconds);
}

/** The script of one customizer or validator. */
export function renderStep<T extends StepType>(
  step: Extract<Customizer, { type: T }>,
  rendering: Rendering,
): GuestScript {
  const script = of<T>(step.type).render?.(step, rendering);
  if (script !== undefined) return script;
  throw new KilnError({ code: 'BrokenInvariant', message: `A ${step.type} is not one script.` });
}

/** The kind of a step, whose type and whose fields belong together. */
function of<T extends StepType>(type: T): Kinds[T] {
  return KINDS[type];
}
