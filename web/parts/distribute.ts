import { runApi } from '../state/api.ts';
import { type Card, isLive, type RunMore } from '../state/model.ts';
import type { Act, Values } from './confirm.tsx';
import { shortId } from './words.tsx';

const GALLERY = 'SharedImage';
const IMAGE = 'ManagedImage';
const VHD = 'VHD';

const placesOf = ({ places = '' }: Values): string[] =>
  places
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** As in a template; what is wrong with it the service says. */
export function targetOf(values: Values): object {
  const { type = GALLERY, name = '', id = '' } = values;
  const base = { type, runOutputName: name.trim() };
  if (type === VHD) return base;
  if (type === IMAGE) return { ...base, imageId: id.trim(), location: placesOf(values)[0] ?? '' };
  return {
    ...base,
    galleryImageId: id.trim(),
    targetRegions: placesOf(values).map((region) => ({ name: region })),
  };
}

function said(values: Values): string {
  const { type = GALLERY, name = '', id = '' } = values;
  const last = id.trim().split('/').at(-1) ?? '';
  if (type === VHD) return `as a VHD in Kiln's own storage, run output ${name}`;
  const places = placesOf(values).join(', ') || '(no region yet)';
  return `as ${type === GALLERY ? 'a new version' : 'a managed image'} ${last} in ${places}, run output ${name}`;
}

/** The image of a run goes to one more target. A form, because it needs a name and places. */
export function distributeAct(card: Card, run: RunMore, done: () => void): Act | undefined {
  const isThere =
    run.retryUntil !== undefined ||
    run.outputs.some(({ state, type }) => state === 'Succeeded' && type === GALLERY);
  if (!card.may.includes('run') || isLive(run) || !isThere) return undefined;
  const group = `/subscriptions/${card.subscriptionId}/resourceGroups/${card.resourceGroup}/providers/Microsoft.Compute`;
  const isPlaced = ({ type }: Values): boolean => type !== VHD;
  return {
    label: 'Distribute to another target',
    fields: [
      { name: 'type', label: 'Type', value: GALLERY, options: [GALLERY, IMAGE, VHD] },
      { name: 'name', label: 'Name of the run output', value: `${card.name}-more` },
      {
        name: 'id',
        label: 'Id of the gallery definition or image',
        value: `${group}/galleries/…`,
        isAsked: isPlaced,
      },
      { name: 'places', label: 'Regions, with commas', value: card.location, isAsked: isPlaced },
    ],
    what: (values) =>
      `Run ${shortId(run.id)} of ${card.name} distributes its image ${said(values)}. Nothing is built anew; the template stays as it is.`,
    path: `${runApi(card, run.id)}/distribute`,
    json: (values) => ({ distribute: [targetOf(values)] }),
    done,
  };
}
