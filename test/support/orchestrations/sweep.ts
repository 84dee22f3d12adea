import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Wait } from '../../../functions/contract.ts';
import type { ErrorCode } from '../../../shared/errors/codes.ts';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import { runOrchestrator } from './run-orchestrator.ts';
import type { Activities, Call, Orchestrator, Played, Scene, SubOrchestrators } from './types.ts';
import type { World } from './world.ts';

/** An orchestrator with everything that it needs to go well, and how its end is put into words. */
export type Subject = {
  readonly orchestrator: string | Orchestrator;
  readonly input: unknown;
  readonly instanceId?: string;
  readonly world: () => World;
  readonly activities?: (world: World) => Activities;
  readonly subOrchestrators?: (world: World) => SubOrchestrators;
  readonly ending: (end: End) => string;
};
export type End = { readonly world: World; readonly played: Played };

/** Plays a subject; `more` meddles with it. */
export async function play(
  subject: Subject,
  more: (world: World) => Partial<Scene> = () => ({}),
): Promise<End> {
  const { orchestrator, input, instanceId } = subject;
  const world = subject.world();
  const meddling = more(world);
  const played = await runOrchestrator(orchestrator, {
    input,
    ...(instanceId !== undefined && { instanceId }),
    activities: world.activities(subject.activities?.(world)),
    ...(subject.subOrchestrators && { subOrchestrators: subject.subOrchestrators(world) }),
    toTheEnd: true,
    ...meddling,
    beforeCall: async (call, control) => {
      await meddling.beforeCall?.(call, control);
      await world.beforeCall(call);
    },
  });
  return { world, played };
}

/** Waits that are over at once, with what their probe finds in the end. */
export function atOnce(world: World): SubOrchestrators {
  return {
    'wait-until': async ({ probe, input }, call, control) => {
      const activity = world.activities()[probe] as (...given: unknown[]) => any;
      try {
        await world.beforeCall({ ...call, name: probe, input });
        let look = await activity(input, call, control);
        while (look.done !== true) look = await activity(input, call, control);
        return { ok: true, value: look.value };
      } catch (error) {
        if (error instanceof KilnError) return { ok: false, error: error.failure };
        throw error;
      }
    },
  };
}

export const failWith = (code: ErrorCode): never => {
  throw refusal(code);
};

/** Identifies a call from one play to the next, and its repetitions: who asked for what. */
export const siteOf = ({ name, instance, input }: Call): string => JSON.stringify([name, instance, input]);

/** A short name of a call that tells it from the others of its kind. */
function labelOf({ name, input }: Call): string {
  if (name === 'wait-until') return `wait ${(input as Wait).probe} (${whatOf(input.input)})`;
  return `${name}${whatOf(input) === '' ? '' : ` (${whatOf(input)})`}`;
}

function whatOf(input: any): string {
  const parts = [
    input?.machine,
    input?.command?.name ?? input?.handle?.what,
    input?.step?.name,
    input?.region,
  ];
  const entries = input?.entries?.map(({ id }: { id: string }) => id);
  return [...parts, ...(entries ?? []), input?.what, input?.cleanup].filter(Boolean).join(' ');
}

type Site = {
  readonly key: string;
  readonly label: string;
  readonly name: string;
  readonly kind: 'activity' | 'wait' | 'part';
};

/** Every call of a play in which all goes well. */
export async function sitesOf(subject: Subject): Promise<Site[]> {
  const { played, world } = await play(subject);
  const parts = Object.keys(subject.subOrchestrators?.(world) ?? {});
  const sites = new Map<string, Site>();
  const labels = new Map<string, number>();
  for (const call of played.calls) {
    const key = siteOf(call);
    if (sites.has(key)) continue;
    const label = labelOf(call);
    const times = (labels.get(label) ?? 0) + 1;
    labels.set(label, times);
    const unique = times === 1 ? label : `${label} no. ${times}`;
    const { name } = call;
    const kind = name === 'wait-until' ? 'wait' : parts.includes(name) ? 'part' : 'activity';
    sites.set(key, { key, label: unique, name, kind });
  }
  return [...sites.values()];
}

/** A failure of one call: what it throws at each time that it is tried; undefined when it goes well. */
type Trouble = {
  readonly says: string;
  readonly passes: boolean;
  readonly at: (attempt: number) => Error | undefined;
};

const refusal = (code: ErrorCode): Error => new KilnError({ code, message: `The test says ${code}.` });
const crash = (): Error => new TypeError('Cannot read properties of undefined');

const TROUBLES = {
  permanent: { says: 'for good', passes: false, at: () => refusal('AzureDenied') },
  passing: {
    says: 'once, in a way that passes',
    passes: true,
    at: (attempt) => (attempt === 0 ? refusal('AzureThrottled') : undefined),
  },
  // To the last attempt is played in engine.test.ts: thirty of them for each call would take most of the time.
  crash: {
    says: 'by two crashes, and then for good',
    passes: false,
    at: (attempt) => (attempt < 2 ? crash() : refusal('AzureDenied')),
  },
} as const satisfies Record<string, Trouble>;

/** Plays a subject with one call failing. */
function playFailing(subject: Subject, site: string, { at }: Trouble): Promise<End> {
  let attempt = 0;
  return play(subject, () => ({
    beforeCall: (call) => {
      const error = siteOf(call) === site ? at(attempt++) : undefined;
      if (error !== undefined) throw error;
    },
  }));
}

/** Plays a subject with one wait ending as given, each time. */
function playWaiting(subject: Subject, site: string, code: ErrorCode | 'its time is over'): Promise<End> {
  const replaced = (world: World): SubOrchestrators => {
    const others = subject.subOrchestrators?.(world) ?? {};
    return {
      ...others,
      'wait-until': (wait, call, control): Result<any> | Promise<Result<any>> => {
        if (siteOf(call) !== site) return (others['wait-until'] ?? never)(wait, call, control);
        return {
          ok: false,
          error: { code: code === 'its time is over' ? wait.onTimeout : code, message: 'The test says so.' },
        };
      },
    };
  };
  return play({ ...subject, subOrchestrators: replaced });
}

function never(): never {
  throw new Error('A subject whose waits are played needs stand-ins for them.');
}

export type Expected = Readonly<Record<string, string>>;

/**
 * A test for every call of the subject and every kind of failure. `expected` tells how it ends when a call fails for good, by
 * the label of the call or the beginning of it; a call that is not named there is a failure of the test.
 */
export async function testFailures(about: string, subject: Subject, expected: Expected): Promise<void> {
  const happy = subject.ending(await play(subject));
  // Calls of one activity are repeated by one function: what is special of each is how it ends.
  const repeated = new Set<string>(['record-progress']);
  for (const { key, label, name, kind } of await sitesOf(subject)) {
    if (kind !== 'activity') continue;
    const troubles = repeated.has(name) ? [] : ([TROUBLES.passing, TROUBLES.crash] as const);
    repeated.add(name);
    for (const trouble of [TROUBLES.permanent, ...troubles]) {
      const ending = trouble.passes ? happy : lookUp(expected, label);
      test(`${about} ends "${ending}" when ${label} fails ${trouble.says}`, async () => {
        const ended = subject.ending(await playFailing(subject, key, trouble));
        assert.equal(trouble.passes ? ended : ended.replace('AzureDenied', 'the cause'), ending);
      });
    }
  }
}

/** A test for every wait of the subject: its time is over, it fails, and what it waits for is interrupted. */
export async function testDeadlines(about: string, subject: Subject, expected: Expected): Promise<void> {
  for (const { key, label, kind } of await sitesOf(subject)) {
    if (kind !== 'wait') continue;
    for (const code of ['its time is over', 'AzureRefused', 'AzureInterrupted'] as const) {
      if (code === 'AzureInterrupted' && !label.includes('check-operation')) continue;
      const name = `${label}, ${code}`;
      test(`${about} ends "${lookUp(expected, name)}" when at ${name}`, async () => {
        assert.equal(subject.ending(await playWaiting(subject, key, code)), lookUp(expected, name));
      });
    }
  }
}

/** The longest beginning of the label that the table knows. */
function lookUp(expected: Expected, label: string): string {
  const [best] = Object.keys(expected)
    .filter((name) => label.startsWith(name))
    .sort((one, other) => other.length - one.length);
  return best === undefined ? 'nobody has said how' : (expected[best] ?? '');
}
