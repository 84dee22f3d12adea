import * as df from 'durable-functions';
import type { OrchestrationContext } from 'durable-functions';
import type { OrchestrationName } from '../activities/contract.ts';
import { buildImage } from './build-image.ts';
import { copyVhd } from './copy-vhd.ts';
import { deleteTemplate } from './delete-template.ts';
import { distribute } from './distribute.ts';
import type { Piece } from './durable.convert.ts';
import { publishGalleryVersion } from './publish-gallery-version.ts';
import { publishManagedImage } from './publish-managed-image.ts';
import { publishVhd } from './publish-vhd.ts';
import { installSystem } from './install-system.ts';
import { redistribute } from './redistribute.ts';
import { smokeBoot } from './smoke-boot.ts';
import { runStep } from './run-step.ts';
import { submitTemplate } from './submit-template.ts';
import { tendVersion } from './tend-version.ts';
import { waitUntil } from './wait-until.ts';
import { watchRegion } from './watch-region.ts';

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
