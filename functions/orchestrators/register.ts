import * as df from 'durable-functions';
import type { OrchestrationContext } from 'durable-functions';
import type { OrchestrationName } from '../contract.ts';
import { buildImage } from './build/build-image.ts';
import { copyVhd } from './distribute/copy-vhd.ts';
import { deleteTemplate } from './delete-template.ts';
import { distribute } from './distribute/distribute.ts';
import type { Piece } from './durable.convert.ts';
import { publishGalleryVersion } from './distribute/publish-gallery-version.ts';
import { publishManagedImage } from './distribute/publish-managed-image.ts';
import { publishVhd } from './distribute/publish-vhd.ts';
import { installSystem } from './build/install-system.ts';
import { lookAtImage } from './build/look-at-image.ts';
import { redistribute } from './distribute/redistribute.ts';
import { smokeBoot } from './distribute/smoke-boot.ts';
import { runBatch } from './build/run-batch.ts';
import { saveCheckpoint } from './build/save-checkpoint.ts';
import { runStep } from './build/run-step.ts';
import { submitTemplate } from './submit-template.ts';
import { tendVersion } from './distribute/tend-version.ts';
import { waitUntil } from './wait-until.ts';
import { watchRegion } from './distribute/watch-region.ts';

type Orchestrator = (context: OrchestrationContext) => Piece<unknown>;

/** Orchestrations that others start; the rest are started by these. */
type Root = 'build-image' | 'redistribute' | 'submit-template' | 'delete-template';

export const ORCHESTRATORS: Readonly<Record<Root | OrchestrationName, Orchestrator>> = {
  'build-image': buildImage,
  redistribute,
  'submit-template': submitTemplate,
  'delete-template': deleteTemplate,
  'wait-until': waitUntil,
  'install-system': installSystem,
  'run-step': runStep,
  'look-at-image': lookAtImage,
  'run-batch': runBatch,
  'save-checkpoint': saveCheckpoint,
  distribute,
  'publish-managed-image': publishManagedImage,
  'publish-gallery-version': publishGalleryVersion,
  'tend-version': tendVersion,
  'publish-vhd': publishVhd,
  'copy-vhd': copyVhd,
  'watch-region': watchRegion,
  'smoke-boot': smokeBoot,
};

for (const [name, orchestrator] of Object.entries(ORCHESTRATORS)) df.app.orchestration(name, orchestrator);
