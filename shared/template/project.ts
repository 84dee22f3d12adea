import type { Principal } from '../model/principal.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { Failure } from '../errors/failure.ts';
import { told } from '../errors/told.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import { prune, withDefaults } from './body.ts';
import { sameResource, TEMPLATE_TYPE, templateId } from '../model/ids.ts';
import { withPins } from './pins.ts';
import { isObject, type JsonObject, type SchemaNode, tagOf } from './schema/node.ts';
import { toWire } from './spelling.ts';
import type { ApiVersion } from './versions/version.ts';
import { findVersion, NEWEST } from './versions/all.ts';

/** How the service shows "not yet": https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot */
const NO_TIME = '0001-01-01T00:00:00Z';

/** The template as a resource of `version`: the author's body with defaults, and what the service knows about it. */
export function project(head: TemplateHead, version: ApiVersion): JsonObject {
  const written = findVersion(head.bodyApiVersion) ?? NEWEST;
  // The author's version may have later fields than the reader's, and the reader's defaults may be others.
  const body = withDefaults(prune(withDefaults(withPins(head), written), version), version);
  const { location, tags, identity, properties } = toWire(isObject(body) ? body : {}, version);
  const known = version.schema.properties?.['properties']?.properties ?? {};
  const given = isObject(properties) ? withExactVersion(properties, head, version) : {};
  const own = Object.entries(state(head, version)).filter(([name]) => Object.hasOwn(known, name));
  return {
    id: templateId(head.ref),
    name: head.ref.name,
    type: TEMPLATE_TYPE,
    location,
    tags,
    ...identityOf(identity, head, version),
    properties: { ...given, ...Object.fromEntries(own) },
    ...(version.schema.properties?.['systemData'] && {
      systemData: systemData(head),
    }),
  };
}

/** https://learn.microsoft.com/rest/api/resources/resources/get#systemdata, where principals of ours are applications too. */
function systemData({ createdAt, createdBy, changedAt, changedBy }: TemplateHead): JsonObject {
  return {
    ...(createdBy && { createdBy: nameOf(createdBy), createdByType: typeOf(createdBy) }),
    createdAt,
    ...(changedBy && { lastModifiedBy: nameOf(changedBy), lastModifiedByType: typeOf(changedBy) }),
    lastModifiedAt: changedAt,
  };
}

function nameOf({ kind, id, appId }: Principal): string {
  if (kind === 'app') return appId ?? id;
  return kind === 'user' ? id : `${kind}:${id}`;
}

const typeOf = ({ kind }: Principal): string => (kind === 'user' ? 'User' : 'Application');

/** First version whose description requires the member: its clients break without it, and the real service says `None`. */
const IDENTITY_SHOWN_SINCE = '2020-02-14';

function identityOf(identity: unknown, head: TemplateHead, { name }: ApiVersion): JsonObject {
  if (identity !== undefined) return { identity: withPrincipals(identity, head) };
  return name >= IDENTITY_SHOWN_SINCE ? { identity: { type: 'None' } } : {};
}

/** What clients give rights to; known when the submission has ended. */
function withPrincipals(identity: unknown, { identities = [] }: TemplateHead): unknown {
  const assigned = isObject(identity) ? identity['userAssignedIdentities'] : undefined;
  if (!isObject(identity) || !isObject(assigned)) return identity;
  const shown = Object.entries(assigned).map(([id, value]): [string, unknown] => {
    const known = identities.find((one) => sameResource(one.id, id));
    return [id, known === undefined ? value : { principalId: known.principalId, clientId: known.clientId }];
  });
  return { ...identity, userAssignedIdentities: Object.fromEntries(shown) };
}

/** Marketplace sources have the field since 2021, gallery sources since 2022; other sources never had it. */
function withExactVersion(
  properties: JsonObject,
  { exactVersion }: TemplateHead,
  version: ApiVersion,
): JsonObject {
  const { source } = properties;
  const branches = version.schema.properties?.['properties']?.properties?.['source']?.oneOf ?? [];
  const has = (one: SchemaNode) => one.properties?.['exactVersion'] !== undefined;
  if (!isObject(source)) return properties;
  if (!branches.some((one) => tagOf(one, 'type') === source['type'] && has(one))) return properties;
  const asked = source['version'] ?? source['imageVersionId'];
  return { ...properties, source: { ...source, exactVersion: exactVersion ?? asked } };
}

function state(head: TemplateHead, version: ApiVersion): JsonObject {
  const { provisioningState, provisioningError, lastRun, exactStagingResourceGroup = '' } = head;
  return {
    provisioningState: version.provisioningStates[provisioningState] ?? provisioningState,
    ...(provisioningError && { provisioningError: showError(provisioningError, head, version) }),
    ...(lastRun && { lastRunStatus: lastRunStatus(lastRun, version) }),
    exactStagingResourceGroup,
    ...refreshStatus(head),
    ...(head.notCarriedOut && { notCarriedOut: head.notCarriedOut }),
    ...(head.warnings && { warnings: head.warnings }),
  };
}

/** Only shown for templates that are refreshed, or were. */
function refreshStatus({ body, refreshDisabled, failures = 0 }: TemplateHead): JsonObject {
  const properties = isObject(body) ? body['properties'] : undefined;
  const isRefreshed = isObject(properties) && isObject(properties['refresh']);
  if (!isRefreshed && refreshDisabled === undefined) return {};
  const { at, reason } = refreshDisabled ?? {};
  const disabled = reason !== undefined && { message: reason, disabledAt: at };
  const state = refreshDisabled === undefined ? 'Enabled' : 'Disabled';
  return { refreshStatus: { state, failures, ...disabled } };
}

function lastRunStatus(run: NonNullable<TemplateHead['lastRun']>, version: ApiVersion): JsonObject {
  const { startTime, endTime = NO_TIME, state: runState, subState, message } = run;
  const named = (name: string) => version.runStates[name] ?? name;
  const isRunning = runState === 'Running' && subState !== undefined;
  return {
    startTime,
    endTime,
    runState: named(runState),
    ...(isRunning && { runSubState: named(subState) }),
    message,
  };
}

/** The official versions have a short list of codes, so that ours goes into the message there. */
function showError(failure: Failure, head: TemplateHead, version: ApiVersion): JsonObject {
  const { code, ...own } = told(failure);
  const { message } = own;
  if (version.extensions) return { provisioningErrorCode: code, ...own };
  return { provisioningErrorCode: officialCode(code, head), message: `${code}: ${message}` };
}

const BAD_SOURCE: Readonly<Record<string, string>> = {
  PlatformImage: 'BadPIRSource',
  ManagedImage: 'BadManagedImageSource',
  SharedImageVersion: 'BadSharedImageVersionSource',
};

function officialCode(code: ErrorCode, { body }: TemplateHead): string {
  if (code === 'InternalError') return 'ServerError';
  const properties = isObject(body) ? body['properties'] : undefined;
  const source = isObject(properties) ? properties['source'] : undefined;
  const type = isObject(source) ? String(source['type']) : '';
  return code.startsWith('Source') ? (BAD_SOURCE[type] ?? 'BadSourceType') : 'Other';
}
