import { parseDuration } from '../model/duration.ts';
import { sha256 } from '../model/convert.ts';
import type { Checkpointed, ScriptOptions, ScriptSource, StepOptions } from '../model/template.ts';
import type { StepValues } from '../guest/script.ts';
import { CHECKPOINT_DAYS } from './fields.ts';
import type { Rendering, StepContent, StepShape } from './kind.ts';

/** What steps that are one script have in common. */

type WireOptions = {
  readonly timeout?: string | undefined;
  readonly retry?: { readonly attempts: number; readonly pause?: string | undefined } | undefined;
  readonly runIf?: string | undefined;
} & WireCheckpoint;

type WireCheckpoint = {
  readonly checkpoint?:
    | { readonly days?: number | undefined; readonly afterSecrets?: boolean | undefined }
    | undefined;
};

type WireScript = WireOptions & {
  readonly inline?: string[] | undefined;
  readonly scriptUri?: string | undefined;
  readonly sha256Checksum?: string | undefined;
  readonly arguments?: string[] | undefined;
  readonly environment?: Record<string, string> | undefined;
  readonly secrets?: Record<string, string> | undefined;
};

const RETRY_PAUSE = '30s';
const RESTART_TIMEOUT = '5m';

export function toScript({ inline, scriptUri, sha256Checksum }: WireScript): ScriptSource {
  if (!scriptUri) return { kind: 'inline', lines: inline ?? [] };
  return { kind: 'uri', uri: scriptUri, ...(sha256Checksum && { sha256: sha256(sha256Checksum) }) };
}

export function toScriptOptions(wire: WireScript): ScriptOptions {
  return {
    ...(wire.arguments?.length && { arguments: wire.arguments }),
    ...(hasFields(wire.environment) && { environment: wire.environment }),
    ...(hasFields(wire.secrets) && { secrets: wire.secrets }),
    ...toStepOptions(wire),
  };
}

/** Of any step that may be kept. */
export function toCheckpoint({ checkpoint }: WireCheckpoint): Checkpointed {
  if (checkpoint === undefined) return {};
  const { days = CHECKPOINT_DAYS, afterSecrets } = checkpoint;
  return { checkpoint: { days, ...(afterSecrets === true && { afterSecrets }) } };
}

export function toStepOptions({ timeout, retry, runIf, checkpoint }: WireOptions): StepOptions {
  return {
    ...toCheckpoint({ checkpoint }),
    ...(timeout && { timeoutSeconds: seconds(timeout) }),
    ...(retry && {
      retry: { attempts: retry.attempts, pauseSeconds: seconds(retry.pause ?? RETRY_PAUSE) },
    }),
    ...(runIf && { runIf }),
  };
}

function hasFields(map: Readonly<Record<string, string>> | undefined): map is Record<string, string> {
  return map !== undefined && Object.keys(map).length > 0;
}

/** The schema has checked the form, so the fallback is only for a duration that was not given. */
export function seconds(text: string | undefined): number {
  return parseDuration(text ?? RESTART_TIMEOUT) ?? 300;
}

export function planCommand({ timeoutSeconds, retry }: StepOptions, buildSeconds: number): StepShape {
  return {
    kind: 'command',
    timeoutSeconds: Math.min(timeoutSeconds ?? buildSeconds, buildSeconds),
    ...(retry && { retry }),
  };
}

export function valuesOf(step: ScriptOptions, { content, prepare }: Rendering): StepValues {
  const { secrets, parameters }: StepContent = content;
  return {
    arguments: step.arguments ?? [],
    environment: step.environment ?? {},
    secrets,
    ...(parameters && { parameters }),
    ...(step.runIf !== undefined && { runIf: step.runIf }),
    ...(prepare && { prepare }),
  };
}
