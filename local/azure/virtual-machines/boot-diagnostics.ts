import { requireResource } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { conflict } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer } from '../http/route.ts';
import { flagAt } from '../json.ts';

/** The serial log as a blob with a SAS; there is no screenshot, because nothing here has a screen. */
export async function retrieveBootDiagnosticsData(request: ArmRequest, cloud: Cloud): Promise<Answer> {
  const vm = requireResource(cloud, request.id);
  if (flagAt(vm.body, 'properties.diagnosticsProfile.bootDiagnostics.enabled') !== true)
    throw conflict('OperationNotAllowed', `Boot diagnostics is not enabled on virtual machine ${vm.id}.`);
  const log = (await cloud.machines.find(vm.id)?.serialLog()) ?? '';
  const minutes = Number(request.query.get('sasuriexpirationtimeinminutes') ?? 120);
  const serialConsoleLogBlobUri = await cloud.blobs.publishText(log, minutes * 60);
  return ok({ serialConsoleLogBlobUri });
}
