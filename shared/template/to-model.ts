import { rooted } from '../model/ids.ts';
import { region, resourceId, sha256 } from '../model/convert.ts';
import { parseDuration } from '../model/duration.ts';
import { toStep } from '../steps/all.ts';
import { toCheck } from './to-check.ts';
import { toDistributor } from '../targets/all.ts';
import type { ApiVersion } from './versions/version.ts';
import type {
  ErrorHandling,
  ImageTemplate,
  Optimization,
  RefreshPolicy,
  ScriptSource,
  Source,
  TemplateProperties,
  TemplateRef,
  Validation,
  VmProfile,
} from '../model/template.ts';
import type { VulnerabilityGate } from '../model/proof-wishes.ts';
import type { WireProperties, WireSource, WireTemplate, WireValidate } from './schema/image-template.ts';

/** https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-buildtimeoutinminutes */
const DEFAULT_TIMEOUT_MINUTES = 240;
const DEFAULT_LEASE = '24h';

/** Converts a valid body. Every default of the product is filled in here; some are others in the official versions. */
export function toModel(
  body: WireTemplate,
  ref: TemplateRef,
  { extensions }: Pick<ApiVersion, 'extensions'>,
): ImageTemplate {
  const location = region(body.location);
  return {
    ref,
    location,
    tags: body.tags ?? {},
    identities: Object.keys(body.identity?.userAssignedIdentities ?? {}).map(resourceId),
    properties: {
      ...toProperties(body.properties, body.location),
      // Azure VM Image Builder looks for nothing: what it would have distributed is distributed.
      hygieneByDefault: extensions ? 'fail' : 'warn',
    },
  };
}

function toProperties(wire: WireProperties, location: string): TemplateProperties {
  const timeout = wire.buildTimeoutInMinutes ?? 0;
  return {
    source: toSource(wire.source),
    customize: (wire.customize ?? []).map((step, index) => toStep(step, index)),
    ...(wire.validate && { validate: toValidation(wire.validate) }),
    ...(wire.optimize && { optimize: toOptimization(wire.optimize) }),
    distribute: wire.distribute.map((target) => toDistributor(target, region(location))),
    buildTimeoutInMinutes: timeout === 0 ? DEFAULT_TIMEOUT_MINUTES : timeout,
    vmProfile: toVmProfile(wire.vmProfile ?? {}),
    errorHandling: toErrorHandling(wire.errorHandling ?? {}),
    ...(wire.stagingResourceGroup && { stagingResourceGroup: resourceId(rooted(wire.stagingResourceGroup)) }),
    managedResourceTags: wire.managedResourceTags ?? {},
    ...(wire.inventory === false && { inventory: false as const }),
    ...(wire.history === false && { history: false as const }),
    ...(wire.refresh && { refresh: toRefresh(wire.refresh) }),
    ...(wire.buildRequests && { buildRequests: { parameters: wire.buildRequests.parameters ?? [] } }),
    ...(wire.autoRun && { autoRun: wire.autoRun.state === 'Enabled' }),
    ...(wire.additionalDataDisks && {
      additionalDataDisks: wire.additionalDataDisks.map((disk) => disk.sizeGB),
    }),
  };
}

function toRefresh(wire: NonNullable<WireProperties['refresh']>): RefreshPolicy {
  const { schedule, onSourceUpdate, onScriptChange, maximumAgeInDays, disableAfterFailures } = wire;
  return {
    ...(schedule && { schedule: { cron: schedule.cron, timeZone: schedule.timeZone ?? 'UTC' } }),
    onSourceUpdate: onSourceUpdate ?? true,
    onScriptChange: onScriptChange ?? true,
    ...(maximumAgeInDays !== undefined && { maximumAgeInDays }),
    disableAfterFailures: disableAfterFailures ?? 3,
  };
}

function toSource(wire: WireSource): Source {
  switch (wire.type) {
    case 'PlatformImage': {
      const { type, publisher, offer, sku, version, planInfo } = wire;
      const exact = version.toLowerCase() === 'latest' ? 'latest' : version;
      return { type, publisher, offer, sku, version: exact, ...(planInfo && { plan: planInfo }) };
    }
    case 'ManagedImage':
      return { type: 'ManagedImage', imageId: resourceId(wire.imageId) };
    case 'SharedImageVersion':
      return { type: 'SharedImageVersion', imageVersionId: resourceId(wire.imageVersionId) };
    case 'ISO':
      return { type: 'ISO', sourceUri: wire.sourceUri, sha256: sha256(wire.sha256Checksum) };
    default:
      return wire satisfies never;
  }
}

function toValidation(wire: WireValidate): Validation {
  return {
    continueDistributeOnFailure: wire.continueDistributeOnFailure ?? false,
    sourceValidationOnly: wire.sourceValidationOnly ?? false,
    validators: (wire.inVMValidations ?? []).map((step, index) => toStep(step, index)),
    ...(wire.checks && { checks: wire.checks.map(toCheck) }),
    ...(wire.hygiene && { hygiene: wire.hygiene }),
    ...(wire.vulnerabilities && { vulnerabilities: toGate(wire.vulnerabilities) }),
  };
}

function toGate(wire: NonNullable<WireValidate['vulnerabilities']>): VulnerabilityGate {
  return { failOn: wire.failOn, fixedOnly: wire.fixedOnly ?? false, ignore: wire.ignore ?? [] };
}

function toOptimization({ vmBoot, workload }: NonNullable<WireProperties['optimize']>): Optimization {
  const script: ScriptSource | undefined =
    workload?.state === 'Enabled' && workload.scriptUri
      ? {
          kind: 'uri',
          uri: workload.scriptUri,
          ...(workload.sha256Checksum && { sha256: sha256(workload.sha256Checksum) }),
        }
      : undefined;
  return { vmBoot: vmBoot?.state === 'Enabled', ...(script && { workload: script }) };
}

/** The lease is ours: AIB keeps the VM until somebody thinks of it. */
function toErrorHandling(wire: NonNullable<WireProperties['errorHandling']>): ErrorHandling {
  return {
    onCustomizerError: wire.onCustomizerError ?? 'cleanup',
    onValidationError: wire.onValidationError ?? 'cleanup',
    leaseMinutes: Math.ceil((parseDuration(wire.lease ?? DEFAULT_LEASE) ?? 0) / 60),
  };
}

function toVmProfile(wire: NonNullable<WireProperties['vmProfile']>): VmProfile {
  const subnetId = wire.vnetConfig?.subnetId;
  return {
    vmSize: wire.vmSize ?? '',
    osDiskSizeGB: wire.osDiskSizeGB ?? 0,
    userAssignedIdentities: (wire.userAssignedIdentities ?? []).map(resourceId),
    ...(subnetId && { subnetId: resourceId(subnetId) }),
  };
}
