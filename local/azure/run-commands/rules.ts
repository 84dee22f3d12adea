import type { Cloud } from '../cloud.ts';
import { badRequest, conflict, invalidParameter } from '../http/errors.ts';
import { listAt, numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { keyOf, nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { powerOf } from '../virtual-machines/instance-view.ts';

/** https://learn.microsoft.com/azure/virtual-machines/run-command-overview */
const MAX_COMMANDS = 25;
const MAX_SCRIPT_BYTES = 256 * 1024;
export const DEFAULT_TIMEOUT_SECONDS = 90 * 60;

/** The VM must be up, and room for one more command. */
export function checkVm(cloud: Cloud, vm: Resource, commandId: string): void {
  if (powerOf(cloud, vm) !== 'running')
    throw conflict(
      'OperationNotAllowed',
      'Cannot modify extensions in the VM when the VM is not running.',
      nameOf(vm.id),
    );
  const others = cloud.resources
    .list(vm.id, 'Microsoft.Compute/virtualMachines/runCommands')
    .filter(({ id }) => keyOf(id) !== keyOf(commandId));
  if (others.length >= MAX_COMMANDS)
    throw badRequest(
      'OperationNotAllowed',
      `The maximum number of run commands (${MAX_COMMANDS}) on VM '${nameOf(vm.id)}' is reached. Delete some of them.`,
    );
}

export function checkBody(body: JsonObject): void {
  const source = objectAt(body, 'properties.source');
  const given = ['script', 'scriptUri', 'commandId'].filter((name) => textAt(source, name) !== undefined);
  if (given.length !== 1)
    throw invalidParameter(
      'Exactly one of source.script, source.scriptUri and source.commandId must be given.',
      'source',
    );
  if (given[0] === 'commandId')
    throw invalidParameter('Built-in scripts (source.commandId) are not supported locally.', 'commandId');
  const bytes = Buffer.byteLength(textAt(source, 'script') ?? '');
  if (bytes > MAX_SCRIPT_BYTES)
    throw invalidParameter(
      `The script has ${bytes} bytes; the maximum is ${MAX_SCRIPT_BYTES}.`,
      'source.script',
    );
  const timeout = numberAt(body, 'properties.timeoutInSeconds') ?? DEFAULT_TIMEOUT_SECONDS;
  // 0 is what an answer shows when nothing was given.
  if (timeout < 0) throw invalidParameter(`timeoutInSeconds ${timeout} is negative.`, 'timeoutInSeconds');
  if (textAt(body, 'properties.runAsUser') !== undefined)
    throw invalidParameter('runAsUser is not supported locally.', 'runAsUser');
}

/**
 * Named parameters become environment variables. Azure splices unnamed ones unquoted into a shell line; this cloud
 * refuses them rather than copy that.
 */
export function environmentOf(body: JsonObject): Record<string, string> {
  const all = [...listAt(body, 'properties.parameters'), ...listAt(body, 'properties.protectedParameters')];
  return Object.fromEntries(
    all.map((parameter) => {
      const name = textAt(parameter, 'name') ?? '';
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        throw invalidParameter(`'${name}' is not the name of an environment variable.`, 'parameters');
      return [name, textAt(parameter, 'value') ?? ''];
    }),
  );
}
