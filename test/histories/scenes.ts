import type { OrchestrationName } from '../../functions/contract.ts';
import { imageVersion, region } from '../../shared/model/convert.ts';
import { endingOfPart, endingOfRun, goingWell } from '../support/orchestrations/endings.ts';
import {
  buildPlan,
  galleryVersion,
  managedImage,
  ring,
  RUN,
  step,
  VERSION,
  vhd,
} from '../support/orchestrations/plans.ts';
import { START } from '../support/orchestrations/run-orchestrator.ts';
import { atOnce, failWith, type Subject } from '../support/orchestrations/sweep.ts';
import type { Activities, SubOrchestrators } from '../support/orchestrations/types.ts';
import { CAPTURED, RUN_INSTANCE, World } from '../support/orchestrations/world.ts';

type Parts = (world: World) => SubOrchestrators;
type More = { readonly activities?: Activities; readonly parts?: Parts; readonly run?: true };

const { ref } = RUN;
const NAMES = { ref, revision: 1, operationId: 'O' };
const LATER = new Date(START + 3_600_000).toISOString();

/** What an instance goes through. Its children are stood in for, so that a change of one is no change of its parent's history. */
function scene(input: object, { activities = {}, parts = goingWell, run }: More = {}): Scene {
  const plan = (input as { plan?: ReturnType<typeof buildPlan> }).plan ?? buildPlan();
  return {
    input,
    instanceId: RUN_INSTANCE,
    world: () => new World(plan),
    activities: () => activities,
    subOrchestrators: parts,
    ending: run === true ? endingOfRun : endingOfPart,
  };
}

const RESTART = step({ index: 1, name: 'restart', kind: 'restart' });
const UPDATES = step({ index: 2, name: 'updates', kind: 'windows-update' });
const everything = buildPlan({
  steps: [step(), RESTART],
  targets: [managedImage(), galleryVersion({ index: 1 }), vhd({ index: 2 })],
});
const on = { plan: everything };
const ringed = galleryVersion({ rings: [ring(['westeurope'], { smokeBoot: true }), ring(['northeurope'])] });
const shallow = galleryVersion({
  replicationMode: 'Shallow',
  home: region('northeurope'),
  versionSource: 'image',
});
const publishing = { ...on, captured: CAPTURED, attempt: 0 };
const version = { ...on, target: ringed, version: VERSION, attempt: 0 };
const tending = { ...version, captured: CAPTURED, publisher: 'p', regions: ['westeurope'], startedAt: LATER };
const look = {
  input: { ...on, machine: 'build' },
  probe: 'check-agent',
  deadline: LATER,
  onTimeout: 'BuildTimedOut',
};
const operation = { done: false, pollUrl: 'operation', what: 'copy' } as const;

const lost: Parts = (world) => ({
  ...goingWell(world),
  distribute: () => ({ ok: false, error: { code: 'AzureDenied', message: 'No.' } }),
  'run-step': () => ({ ok: false, error: { code: 'CustomizerFailed', message: 'It ended with 7.' } }),
});
const fails = (name: keyof Activities): Activities => ({ [name]: () => failWith('AzureDenied') });
const passes: Activities = {
  'check-agent': (_input, { nth }) => (nth < 3 ? { done: false } : { done: true, value: null }),
};

const keeping = {
  ...buildPlan(),
  checkpoints: { group: 'checkpoints', keep: [{ after: 0, key: 'k' }], expires: LATER },
};

type Scene = Omit<Subject, 'orchestrator'>;
type Root = 'build-image' | 'redistribute' | 'submit-template' | 'delete-template';

/** What is recorded of each orchestrator, by the name of the scene; a new orchestrator does not compile without. */
export const SCENES: Readonly<Record<Root | OrchestrationName, Readonly<Record<string, Scene>>>> = {
  'build-image': {
    happy: scene({ ...RUN, plan: everything }, { run: true }),
    'failed step': scene({ ...RUN, plan: everything }, { run: true, parts: lost }),
    'nothing made': scene(RUN, { run: true, activities: fails('resolve-plan') }),
  },
  redistribute: {
    happy: scene({ ...RUN, plan: everything, attempt: 1, operationId: 'O' }, { run: true }),
    failed: scene({ ...RUN, plan: everything, attempt: 1, operationId: 'O' }, { run: true, parts: lost }),
  },
  'submit-template': { happy: scene(NAMES), refused: scene(NAMES, { activities: fails('pin-scripts') }) },
  'delete-template': { happy: scene({ ref, operationId: 'O' }) },
  'wait-until': {
    happy: scene(look, { activities: passes }),
    late: scene({ ...look, deadline: new Date(START).toISOString() }, { activities: passes }),
    woken: scene({ ...look, wakeOn: 'turn', seen: { state: 's' } }, { activities: passes }),
  },
  'install-system': { happy: scene(on), failed: scene(on, { activities: fails('start-command') }) },
  'run-step': {
    command: scene({ ...on, step: step({ retry: { attempts: 2, pauseSeconds: 5 } }) }),
    restart: scene({ ...on, step: RESTART }),
    updates: scene({ ...on, step: UPDATES }),
    failed: scene({ ...on, step: step() }, { activities: fails('start-command') }),
  },
  'look-at-image': {
    happy: scene({ ...on, captured: CAPTURED }),
    failed: scene({ ...on, captured: CAPTURED }, { activities: fails('start-build-machine') }),
  },
  'run-batch': {
    happy: scene({ ...on, batch: { first: 0, count: 1, listing: true }, startedAt: LATER }),
    failed: scene(
      { ...on, batch: { first: 0, count: 1 }, startedAt: LATER },
      { activities: fails('start-command') },
    ),
  },
  'save-checkpoint': {
    happy: scene({ plan: keeping, after: 0, seconds: 60 }),
    failed: scene({ plan: keeping, after: 0, seconds: 60 }, { activities: fails('start-checkpoint') }),
  },
  distribute: {
    happy: scene(publishing, { parts: published }),
    failed: scene(publishing, { parts: unpublished }),
  },
  'publish-managed-image': {
    here: scene({ ...on, target: managedImage(), captured: CAPTURED, sourceFirst: true }),
    elsewhere: scene({
      ...on,
      target: managedImage({ location: region('northeurope') }),
      captured: CAPTURED,
      sourceFirst: true,
    }),
  },
  'publish-gallery-version': {
    rings: scene({ ...publishing, target: ringed }, { parts: published }),
    shallow: scene({ ...publishing, target: shallow }, { parts: published }),
    failed: scene(
      { ...publishing, target: shallow },
      { parts: published, activities: fails('write-version') },
    ),
    retried: scene(
      { ...publishing, target: ringed, attempt: 1, resume: { version: imageVersion('1.0.0'), regions: [] } },
      { parts: published },
    ),
  },
  'tend-version': {
    happy: scene({ ...tending, deadline: LATER, ring: 0, looks: 0 }),
    abandoned: scene(
      { ...tending, deadline: LATER, ring: 0, looks: 0 },
      { activities: fails('look-at-version') },
    ),
  },
  'publish-vhd': { happy: scene({ ...on, target: vhd(), captured: CAPTURED }, { parts: published }) },
  'copy-vhd': {
    happy: scene({ ...on, target: vhd(), captured: CAPTURED, handle: operation, copy: 0, deadline: LATER }),
  },
  'watch-region': { happy: scene({ ...version, region: 'westeurope', startedAt: LATER, deadline: LATER }) },
  'smoke-boot': {
    happy: scene({ ...version, region: region('westeurope') }),
    failed: scene({ ...version, region: region('westeurope') }, { activities: fails('start-network') }),
  },
};

function published(world: World): SubOrchestrators {
  const output = (type: 'VHD' | 'SharedImage' | 'ManagedImage') =>
    ({ ok: true, value: { name: type, type, state: 'Succeeded' } }) as const;
  return {
    ...atOnce(world),
    'publish-managed-image': () => output('ManagedImage'),
    'publish-gallery-version': () => output('SharedImage'),
    'publish-vhd': () => output('VHD'),
    'copy-vhd': () => ({ ok: true, value: { uri: 'https://blobs/0' } }),
    'tend-version': () => ({ ok: true, value: null }),
    'watch-region': ({ region: name }) => ({
      ok: true,
      value: { region: name, state: 'Completed', seconds: 1 },
    }),
    'smoke-boot': () => ({ ok: true, value: { seconds: 1 } }),
  };
}

function unpublished(world: World): SubOrchestrators {
  const no = () => ({ ok: false, error: { code: 'AzureDenied', message: 'No.' } }) as const;
  return { ...published(world), 'publish-vhd': no, 'publish-managed-image': no };
}
