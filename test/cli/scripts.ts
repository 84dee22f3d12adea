// Stories of runs, as the stand-in tells them.
import { RUN_ID, type Script, type Stage } from './stand-in.ts';

const START = '2026-11-23T09:00:00.000Z';
const at = (seconds: number): string => new Date(Date.parse(START) + seconds * 1000).toISOString();

const base = { id: RUN_ID, startTime: START, message: '', reason: 'manual', outputs: [] };

let next = 0;
export const entry = (seconds: number, phase: string, event: string, more: object = {}) => ({
  id: `e${(next += 1)}`,
  at: at(seconds),
  phase,
  event,
  ...more,
});

const beginning = [
  entry(0, 'resolve', 'started'),
  entry(1.5, 'resolve', 'succeeded'),
  entry(2, 'customize', 'started'),
  entry(2, 'customize', 'started', { step: 'install', log: 'logs/01-install' }),
];
const LOG = { '01-install.stdout': 'Reading lists\nnaïve – ünïcode line\n' };

const running: Stage = {
  run: { ...base, state: 'Running', subState: 'Customizing' },
  timeline: beginning,
  logs: LOG,
};

const outputs = [
  {
    name: 'gallery',
    type: 'SharedImage',
    state: 'Succeeded',
    artifactId: '/subscriptions/s/galleries/goldens/images/web/versions/1.0.0',
    regions: [{ region: 'westeurope', state: 'Completed', seconds: 12 }],
  },
];

export const succeeding: Script = {
  stages: [
    running,
    running,
    {
      run: { ...base, state: 'Succeeded', endTime: at(65), cleanup: 'done', outputs },
      timeline: [
        ...beginning,
        entry(40, 'customize', 'succeeded', { step: 'install', log: 'logs/01-install' }),
        entry(41, 'customize', 'succeeded'),
        entry(60, 'clean up', 'started'),
        entry(64, 'clean up', 'succeeded'),
      ],
      logs: LOG,
    },
  ],
};

/** One of two regions has the version, and the other takes its time. */
export const spreading: Script = {
  stages: [
    running,
    {
      run: { ...base, state: 'Running', subState: 'Distributing' },
      timeline: [
        ...beginning,
        entry(40, 'distribute', 'started'),
        entry(40, 'distribute', 'started', { step: 'gallery' }),
        entry(60, 'distribute', 'succeeded', { step: 'gallery › westeurope' }),
      ],
      logs: LOG,
    },
  ],
};

export const NOT_CARRIED_OUT = 'optimize.vmBoot is recorded and not carried out: no service for it.';

/** As `succeeding`, of a template that asks for what no build does. */
export const leavingOut: Script = {
  stages: succeeding.stages.map((stage) => ({
    ...stage,
    run: { ...stage.run, notCarriedOut: [NOT_CARRIED_OUT] },
  })),
};

export const failing: Script = {
  stages: [
    running,
    {
      run: {
        ...base,
        state: 'Failed',
        endTime: at(9),
        cleanup: 'done',
        error: {
          code: 'CustomizerFailed',
          message: 'Customizer "install" ended with exit code 100.',
          target: '/properties/customize/0',
          remedy: 'Read the log of the step.',
        },
      },
      timeline: [
        ...beginning,
        entry(8, 'customize', 'failed', { step: 'install', log: 'logs/01-install' }),
        entry(8, 'customize', 'failed'),
      ],
      logs: {
        '01-install.stdout': 'Reading lists\n',
        '01-install.stderr': 'E: Unable to locate package ngins\n',
      },
    },
  ],
};

/** As old runs ended that had made nothing: no group, and no word about its clean-up. */
export const early: Script = {
  stages: [{ run: { ...base, state: 'Failed', endTime: at(2), message: 'no such source' } }],
};

export const partial: Script = {
  stages: [{ run: { ...base, state: 'PartiallySucceeded', endTime: at(9), cleanup: 'done', outputs } }],
};

export const endless: Script = {
  stages: [running],
  afterCancel: [
    { run: { ...base, state: 'Canceling' }, timeline: beginning },
    { run: { ...base, state: 'Canceled', endTime: at(9), cleanup: 'done' }, timeline: beginning },
  ],
};

/** A cancel that comes when the image is distributed already. */
export const tooLate: Script = { stages: [running], afterCancel: succeeding.stages.slice(-1) };

const REGIONS = ['westeurope', 'northeurope', 'swedencentral'];
const VERSION =
  '/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/web/versions/1.0.17';

/** A gallery version in three regions, one of which does not get it. */
export const regional: Script = {
  stages: [
    running,
    {
      run: {
        ...base,
        state: 'PartiallySucceeded',
        endTime: at(80),
        cleanup: 'done',
        outputs: [
          {
            name: 'web-gallery',
            type: 'SharedImage',
            state: 'PartiallySucceeded',
            artifactId: VERSION,
            regions: REGIONS.map((region, index) =>
              index === 1
                ? {
                    region,
                    state: 'Failed',
                    seconds: 30,
                    error: { code: 'RegionFailed', message: 'No capacity.', remedy: 'Retry the run.' },
                  }
                : { region, state: 'Completed', seconds: 7 + index },
            ),
          },
        ],
      },
      timeline: [
        ...beginning,
        entry(40, 'customize', 'succeeded', { step: 'install', log: 'logs/01-install' }),
        entry(41, 'customize', 'succeeded'),
        entry(42, 'distribute', 'started'),
        entry(42, 'distribute', 'started', { step: 'web-gallery' }),
        ...REGIONS.map((region, index) =>
          index === 1
            ? entry(72, 'distribute', 'failed', {
                step: `web-gallery › ${region}`,
                message: 'RegionFailed: No capacity.',
              })
            : entry(50, 'distribute', 'succeeded', {
                step: `web-gallery › ${region}`,
                message: `${7 + index}.0 s`,
              }),
        ),
        entry(73, 'distribute', 'succeeded', { step: 'web-gallery', message: VERSION }),
        entry(73, 'distribute', 'succeeded'),
      ],
      logs: LOG,
    },
  ],
};

/** As `failing`, of a template that keeps its machines then. */
export const keeping: Script = {
  stages: failing.stages.map((stage, index) =>
    index === 0
      ? stage
      : {
          ...stage,
          run: {
            ...stage.run,
            cleanup: 'kept',
            stagingGroup: 'IT_images_web_aaaaaaaa0000',
            keptUntil: '2026-11-24T09:00:09.000Z',
          },
        },
  ),
};
