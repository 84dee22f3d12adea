import { randomUUID } from 'node:crypto';
import { requireResource } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { conflict, invalidParameter } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { objectAt, textAt } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf } from '../store/ids.ts';
import { powerOf } from './instance-view.ts';
import { checkIdle } from './rules.ts';
import { computeTime } from '../arm/times.ts';

function checkIds({ body }: ArmRequest): void {
  const ids = objectAt(body, 'windowsParameters')['kbNumbersToInclude'];
  const texts = Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  const wrong = texts.find((id) => !/^KB\d+$/i.test(id));
  if (wrong === undefined) return;
  throw invalidParameter(
    `The entry in 'kbNumbersToInclude' with value '${wrong}' is not valid. It must be a KBID such as KB4512508.`,
    'windowsParameters.kbNumbersToInclude',
  );
}

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
  checkIds(request);
  const startDateTime = computeTime();
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
