import type { HttpRequest } from '@azure/functions';
import { type Action, may } from '../../shared/access/policy.ts';
import type { Principal } from '../../shared/model/principal.ts';
import type { CommandContext } from '../../shared/commands/context.ts';
import type { Conditions } from '../../shared/commands/conditions.ts';
import { absent } from '../../shared/commands/find-template.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { AdvisoryIndex } from '../../shared/ports/advisory-index.ts';
import type { Azure } from '../../shared/ports/azure.ts';
import type { DeadLetters } from '../../shared/ports/dead-letters.ts';
import type { ReadThrough } from '../../shared/azure/read-through.ts';
import type { VhdBlobs } from '../../shared/ports/vhd-blobs.ts';
import { runId } from '../../shared/model/convert.ts';
import { isGroupName, isGuid, isTemplateName, resourceGroupId, templateId } from '../../shared/model/ids.ts';
import type { DeployedRights } from '../../shared/model/rights.ts';
import type { RunId, TemplateRef } from '../../shared/model/template.ts';
import type { ApiVersion } from '../../shared/template/versions/version.ts';
import type { Role } from './access.ts';
import type { Views } from '../../shared/views/views.ts';

/** One request that was authenticated, with everything that its handler works with. */
export type Exchange = {
  readonly request: HttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly version: ApiVersion;
  readonly caller: Principal;
  readonly commands: CommandContext;
  readonly vhds: VhdBlobs;
  readonly advisories: AdvisoryIndex;
  readonly readArm: ReadThrough;
  readonly views: Views;
  readonly deadLetters: DeadLetters;
  /** Value of the tag `kiln-app`. */
  readonly appName: string;
  readonly azure: (subscriptionId: string) => Azure;
  /** The highest app role of the caller's token. */
  readonly roleOfCaller: () => Promise<Role>;
  /** Absent: nothing says which rights the deployment gives. */
  readonly rights?: DeployedRights;
  /** PUT refuses what exists, for clients that rely on it. */
  readonly createOnly: boolean;
};

/** An answer that is always written out: plain headers, JSON or bytes. */
export type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly jsonBody?: unknown;
  readonly body?: Uint8Array;
};

type Handler = (exchange: Exchange) => Promise<Reply>;

export type Route = {
  /** Name of the function. */
  readonly name: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** Without a slash in front; `{name}` for a parameter. */
  readonly path: string;
  readonly role: Role;
  /** What the policy has to allow at the template or group of the path. Absent: by the role, see `actionOf`. */
  readonly action?: Action;
  /** Only in our own api-version; the official ones have no such path. */
  readonly extension?: boolean;
  /** The first api-version that has the path; absent: the oldest. */
  readonly since?: string;
  /** The path is Azure's, with versions of its own. */
  readonly anyVersion?: boolean;
  readonly handle: Handler;
};

const BY_ROLE = { Reader: 'read', Builder: 'write', Admin: 'admin' } as const;

export function actionOf({ role, action }: Pick<Route, 'role' | 'action'>): Action {
  return action ?? BY_ROLE[role];
}

export const PROVIDER = 'providers/Microsoft.VirtualMachineImages';
export const TEMPLATE = `subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/${PROVIDER}/imageTemplates/{name}`;

/** What the path names, for the access policy; undefined when it names nothing of a subscription. */
export function scopeOf(params: Readonly<Record<string, string>>): string | undefined {
  const { subscriptionId, resourceGroup, name } = params;
  if (subscriptionId === undefined) return undefined;
  if (resourceGroup === undefined) return `/subscriptions/${subscriptionId}`;
  if (name === undefined) return resourceGroupId({ subscriptionId, resourceGroup });
  return templateId({ subscriptionId, resourceGroup, name });
}

/** Whether the caller may see a template, in a list that holds others too. */
export function isVisible(
  { caller, commands }: Pick<Exchange, 'caller' | 'commands'>,
  ref: TemplateRef,
): boolean {
  return may(commands.gate.policy, caller, 'read', templateId(ref));
}

/** The template that the path names, whatever the names are: PUT reports bad ones together with the body's problems. */
export function refOf({ params }: Exchange): TemplateRef {
  const { subscriptionId = '', resourceGroup = '', name = '' } = params;
  return { subscriptionId, resourceGroup, name };
}

/** A template that could exist. A name that none can have is not found, as any other that none has. */
export function validRefOf(exchange: Exchange): TemplateRef {
  const ref = refOf(exchange);
  const isValid = isGuid(ref.subscriptionId) && isGroupName(ref.resourceGroup) && isTemplateName(ref.name);
  if (isValid) return ref;
  throw absent(ref);
}

export function runIdOf({ params }: Exchange): RunId {
  const id = params['runId'] ?? '';
  if (isGuid(id)) return runId(id);
  throw new KilnError({ code: 'ResourceNotFound', message: `"${id}" is not the id of a run: a GUID.` });
}

export function conditionsOf({ request }: Exchange): Conditions {
  const ifMatch = request.headers.get('if-match');
  const ifNoneMatch = request.headers.get('if-none-match');
  return { ...(ifMatch !== null && { ifMatch }), ...(ifNoneMatch !== null && { ifNoneMatch }) };
}
