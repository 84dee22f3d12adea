import { randomUUID } from 'node:crypto';
import { requireResource } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { conflict, invalidParameter } from '../http/errors.ts';
import type { Answer, ArmRequest } from '../http/route.ts';
import { textAt } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf } from '../store/ids.ts';
import { powerOf } from './instance-view.ts';
import { checkIdle } from './rules.ts';

/** There is no patch service here: the assessment finds nothing, installs nothing and says so in its counts. */
export function installPatches(request: ArmRequest, cloud: Cloud): Answer {
  const vm = requireResource(cloud, request.id);
  checkIdle(vm);
  if (textAt(request.body, 'rebootSetting') === undefined)
    throw invalidParameter("Required parameter 'rebootSetting' is missing (null).", 'rebootSetting');
  if (powerOf(cloud, vm) !== 'running')
    throw conflict(
      'OperationNotAllowed',
      `Patches cannot be installed on VM '${nameOf(vm.id)}' because it is not running.`,
    );
  const startDateTime = new Date().toISOString();
  const run = () => ({
    status: 'Succeeded',
    installationActivityId: randomUUID(),
    rebootStatus: 'NotNeeded',
    maintenanceWindowExceeded: false,
    excludedPatchCount: 0,
    notSelectedPatchCount: 0,
    pendingPatchCount: 0,
    installedPatchCount: 0,
    failedPatchCount: 0,
    patches: [],
    startDateTime,
  });
  return accept(request, cloud, { subject: vm.id, run }, { status: 202, location: true });
}
