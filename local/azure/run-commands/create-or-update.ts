import { createHash } from 'node:crypto';
import { envelope, patched, without, withState } from '../arm/bodies.ts';
import { newId, requireLocation, requireParent, requireResource } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { ArmError } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { flagAt, numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf, parentOf } from '../store/ids.ts';
import { Execution, type Command } from './execution.ts';
import { checkBody, checkVm, DEFAULT_TIMEOUT_SECONDS, environmentOf } from './rules.ts';

const TYPE = 'Microsoft.Compute/virtualMachines/runCommands';

/**
 * Runs a script. An equal body under the same name does not run it again; a changed one ends the old run and starts anew.
 */
export function createOrUpdate(request: ArmRequest, cloud: Cloud): Answer {
  const { timeoutInSeconds = 0, ...given } = objectAt(request.body, 'properties');
  const vm = requireParent(cloud, request.id);
  const location = requireLocation(cloud, request.body, TYPE);
  checkBody(request.body);
  checkVm(cloud, vm, request.id);
  const id = newId(cloud, request);
  const existing = cloud.resources.get(id);
  const digest = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
  const status = existing === undefined ? 201 : 200;
  if (existing?.state['digest'] === digest)
    return accept(request, cloud, { subject: id, run: () => undefined }, { status, body: existing.body });
  cloud.executions.cancel(id);
  const properties = without(
    { ...given, timeoutInSeconds },
    'protectedParameters',
    'runAsPassword',
    'instanceView',
  );
  const body = withState(envelope(id, location, request.body, properties), 'Creating');
  const execution = new Execution();
  cloud.executions.add(id, execution);
  cloud.resources.put({ id, body, state: { digest, view: execution.view() } });
  const command = toCommand(request, id);
  return accept(
    request,
    cloud,
    {
      subject: id,
      run: () => perform(cloud, execution, command, id),
      failed: () => void cloud.resources.change(id, { properties: { provisioningState: 'Failed' } }),
    },
    { status, body },
  );
}

/** PATCH: the command with the changes, which runs again when they make it another one. */
export function updateCommand(request: ArmRequest, cloud: Cloud): Answer {
  const existing = requireResource(cloud, request.id);
  const body = without(patched(existing, request.body), 'id', 'name', 'type');
  return createOrUpdate({ ...request, body }, cloud);
}

function toCommand(request: ArmRequest, id: string): Command {
  const properties = objectAt(request.body, 'properties');
  const script = textAt(properties, 'source.script');
  const url = textAt(properties, 'source.scriptUri') ?? '';
  return {
    vmId: parentOf(id),
    name: nameOf(id),
    loadScript: () => (script === undefined ? download(url) : Promise.resolve(script)),
    environment: environmentOf(request.body),
    timeoutSeconds: numberAt(properties, 'timeoutInSeconds') || DEFAULT_TIMEOUT_SECONDS,
    outputBlobUri: textAt(properties, 'outputBlobUri'),
    errorBlobUri: textAt(properties, 'errorBlobUri'),
    stuck: request.fault?.effect === 'stuck',
  };
}

/**
 * A script that travels inside the command arrives as it is; the handler cleans one that it downloads: no byte order mark,
 * no carriage returns. Kiln sends what is above 64 KiB that way.
 * https://github.com/Azure/run-command-handler-linux/blob/main/internal/files/files.go
 */
function asHandled(script: string): string {
  return script.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${new URL(url).pathname} answered ${answer.status}`);
  return asHandled(await answer.text());
}

/** The operation ends when the script starts (`asyncExecution`) or when it ends. */
async function perform(cloud: Cloud, execution: Execution, command: Command, id: string): Promise<void> {
  const settings = objectAt(cloud.resources.get(id)?.body, 'properties');
  const ended = follow(cloud, execution, command, id);
  if (flagAt(settings, 'asyncExecution') === true) {
    await execution.started;
    cloud.resources.change(id, { properties: { provisioningState: 'Succeeded' } });
    return;
  }
  await ended;
  const exitCode = numberAt(execution.view(), 'exitCode') ?? 0;
  if (exitCode !== 0 && flagAt(settings, 'treatFailureAsDeploymentFailure') === true)
    throw new ArmError(
      409,
      'VMExtensionProvisioningError',
      `VM has reported a failure when processing run command '${command.name}': exit code ${exitCode}.`,
    );
  cloud.resources.change(id, { properties: { provisioningState: 'Succeeded' } });
}

/** Keeps the stored view as new as the run; a replaced or deleted command gets none of it. */
async function follow(cloud: Cloud, execution: Execution, command: Command, id: string): Promise<void> {
  const store = () => {
    if (cloud.executions.find(id) === execution)
      cloud.resources.change(id, { state: { view: execution.view() } });
  };
  void execution.started.then(store);
  const ending = await execution.run(cloud, command);
  store();
  if (ending === 'ended' && cloud.executions.find(id) === execution) cloud.executions.cancel(id);
  if (ending === 'lost') cloud.log(`run command ${id} lost its machine; its state stays Running`);
  // Nothing reports any more until somebody deletes the command.
  if (ending === 'lost') await execution.canceled;
}

export function viewOf(cloud: Cloud, id: string): JsonObject {
  const live = cloud.executions.find(id);
  return live?.view() ?? objectAt(cloud.resources.get(id)?.state, 'view');
}
