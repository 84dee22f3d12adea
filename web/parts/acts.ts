import { runApi, templateApi } from '../state/api.ts';
import type { Card, DeadLetter, Gate, RunMore } from '../state/model.ts';
import { deadLettersApi } from '../state/api.ts';
import type { Act } from './confirm.tsx';
import { shortId } from './words.tsx';

// What a reader may do, in sentences that say what happens. The service decides; these are only offered where it will say yes.

const canRun = ({ may }: Pick<Card, 'may'>): boolean => may.includes('run');
const saying = (text: string) => (): string => text;

export function runAct(card: Card, done: () => void): Act | undefined {
  const isBusy = ['Running', 'Canceling'].includes(card.newestRun?.state ?? '');
  if (!canRun(card) || isBusy || card.provisioningState !== 'Succeeded') return undefined;
  return {
    label: 'Run',
    what: saying(
      `Kiln builds revision ${card.revision} of ${card.name} and distributes the image to the targets of the template.`,
    ),
    path: `${templateApi(card)}/run`,
    done,
  };
}

export function cancelAct(card: Card, run: RunMore, done: () => void): Act | undefined {
  if (!canRun(card) || run.state !== 'Running') return undefined;
  return {
    label: 'Cancel the run',
    what: saying(
      `Run ${shortId(run.id)} of ${card.name} stops what it is doing and removes what it has made. This cannot be taken back.`,
    ),
    path: `${templateApi(card)}/cancel`,
    isGrave: true,
    done,
  };
}

/** What failed to reach its places goes there again, from what the run has built. */
export function retryAct(card: Card, run: RunMore, done: () => void): Act | undefined {
  const failed = failedPlaces(run);
  const isOpen = run.state === 'PartiallySucceeded' || (run.state === 'Failed' && run.outputs.length > 0);
  if (!canRun(card) || !isOpen || failed.length === 0 || run.releasedAt !== undefined) return undefined;
  return {
    label: 'Retry what failed',
    what: saying(
      `Run ${shortId(run.id)} of ${card.name} distributes its image again to ${failed.join(', ')}. Nothing is built anew.`,
    ),
    path: `${runApi(card, run.id)}/retry`,
    done,
  };
}

function failedPlaces({ outputs }: RunMore): string[] {
  return outputs
    .filter(({ state, regions }) => state !== 'Succeeded' || regions.some((one) => one.state !== 'Completed'))
    .map(({ name, regions }) => {
      const bad = regions.filter(({ state }) => state !== 'Completed').map(({ region }) => region);
      return bad.length === 0 ? name : `${name} (${bad.join(', ')})`;
    });
}

export const isKept = ({ cleanup, keptUntil }: RunMore): boolean =>
  cleanup === 'kept' && keptUntil !== undefined && Date.parse(keptUntil) > Date.now();

/** What a failed run has kept stays longer, or goes now. */
export function keptActs(card: Card, run: RunMore, done: () => void): Act[] {
  if (!canRun(card) || !isKept(run)) return [];
  const what = `What run ${shortId(run.id)} of ${card.name} has kept in ${run.stagingGroup ?? 'its group'}`;
  return [
    {
      label: 'Keep longer',
      fields: [{ name: 'lease', label: 'For how long, from now', value: '24h', options: LEASES }],
      what: ({ lease = '' }) =>
        `${what} stays, and costs, for ${lease} from now instead of until ${run.keptUntil ?? ''}.`,
      path: `${runApi(card, run.id)}/keep`,
      json: ({ lease }) => ({ lease }),
      done,
    },
    {
      label: 'Release it',
      what: saying(
        `${what} is removed now. Nobody can look into it or retry from it any more. This cannot be taken back.`,
      ),
      path: `${runApi(card, run.id)}/release`,
      isGrave: true,
      done,
    },
  ];
}

const LEASES = ['1h', '8h', '24h', '72h', '168h'];

export function gateActs(card: Card, run: string, gate: Gate, done: () => void): Act[] {
  if (!card.may.includes('approve')) return [];
  const { output, ring } = gate;
  const path = `${runApi(card, run)}/approve`;
  return [
    {
      label: `Approve ring ${ring}`,
      what: saying(`The version of ${output} goes on from ring ${ring} to the regions of ring ${ring + 1}.`),
      path,
      json: () => ({ output, ring, approved: true }),
      done,
    },
    {
      label: `Reject ring ${ring}`,
      what: saying(
        `The version of ${output} stays in the regions up to ring ${ring} and goes to no other. The run ends with what it has. This cannot be taken back.`,
      ),
      path,
      json: () => ({ output, ring, approved: false }),
      isGrave: true,
      done,
    },
  ];
}

/** A message that nobody could read is asked for again, or is given up. */
export function deadLetterActs({ number, messageId, template, may }: DeadLetter, done: () => void): Act[] {
  if (!may) return [];
  const of = `Message ${messageId}${template === undefined ? '' : ` for ${template}`}`;
  return [
    {
      label: 'Resubmit',
      what: saying(
        `${of} goes to the queue again, as the same request. What made it fail has to be mended before.`,
      ),
      path: `${deadLettersApi}/${number}/resubmit`,
      done,
    },
    {
      label: 'Discard',
      what: saying(`${of} is deleted. What it asked for is not built. This cannot be taken back.`),
      path: `${deadLettersApi}/${number}`,
      method: 'DELETE',
      isGrave: true,
      done,
    },
  ];
}
