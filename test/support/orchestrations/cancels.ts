import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type End, play, siteOf, sitesOf, type Subject } from './sweep.ts';
import type { Control } from './types.ts';

/** Where a wait is, for people: the last thing that was looked at. */
async function waitsOf(subject: Subject): Promise<string[]> {
  const waits: string[] = [];
  await play(subject, (world) => ({
    onWait: (_wait: number, { calls }: Control) => {
      // A run that is over takes no cancel.
      if (world.outcomes.length === 0) waits.push(calls.at(-1)?.name ?? 'the start');
    },
  }));
  return waits;
}

/** Plays a subject and cancels it while everybody waits for the time of that number. */
export function playCanceledAtWait(subject: Subject, at: number): Promise<End> {
  const { instanceId = 'instance' } = subject;
  return play(subject, (world) => ({
    onWait: (wait, control) => {
      if (wait === at) world.cancel(control, instanceId);
    },
  }));
}

/** Plays a subject and cancels it while the call is under way. */
function playCanceledAtCall(subject: Subject, site: string): Promise<End> {
  const { instanceId = 'instance' } = subject;
  return play(subject, (world) => ({
    beforeCall: (call, control) => {
      if (siteOf(call) === site && !world.canceled) world.cancel(control, instanceId);
    },
  }));
}

/** A test for every wait of a run: canceled there, it ends as told and leaves nothing. */
export async function testCancelAtEachWait(
  about: string,
  subject: Subject,
  check: (ending: string) => void,
): Promise<void> {
  for (const [at, where] of (await waitsOf(subject)).entries())
    test(`${about}, canceled at wait ${at + 1}, after ${where}, ends Canceled and leaves nothing`, async () => {
      check(subject.ending(await playCanceledAtWait(subject, at)));
    });
}

/** A test for every call, up to the one that `last` begins the label of: canceled while it is under way, it ends as told. */
export async function testCancelAtEachCall(
  about: string,
  subject: Subject,
  expected: string,
  last = 'record-outcome',
): Promise<void> {
  const sites = await sitesOf(subject);
  const end = sites.findIndex(({ label }) => label.startsWith(last));
  for (const { key, label } of sites.slice(0, end + 1))
    test(`${about}, canceled during ${label}, ends "${expected}"`, async () => {
      assert.equal(subject.ending(await playCanceledAtCall(subject, key)), expected);
    });
}
