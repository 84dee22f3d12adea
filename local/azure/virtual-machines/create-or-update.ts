import { patched } from '../arm/bodies.ts';
import { newId, requireLocation, requireOpenGroup, requireReference, sameLocation } from '../arm/checks.ts';
import { checkPlan } from '../catalogue/terms.ts';
import type { Cloud } from '../cloud.ts';
import { ArmError, badRequest, conflict, invalidParameter } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { isObject, objectAt, textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { nameOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { newBody, osDiskIdOf } from './body.ts';
import { fail, provision, type Provisioning } from './provision.ts';
import {
  checkCompatible,
  checkIdle,
  checkNetwork,
  checkNoAccess,
  checkSize,
  checkUnchanged,
} from './rules.ts';
import { resolveSource, toArchitecture, toGeneration, type VmSource } from './source.ts';

const TYPE = 'Microsoft.Compute/virtualMachines';

/** 201 for a new VM, 200 for a changed one; `If-None-Match: *` makes it create only. */
export async function createOrUpdate(request: ArmRequest, cloud: Cloud): Promise<Answer> {
  requireOpenGroup(cloud, request.id);
  const existing = cloud.resources.get(request.id);
  if (existing === undefined) return create(request, cloud);
  if (request.headers['if-none-match'] === '*')
    throw new ArmError(
      412,
      'PreconditionFailed',
      `The virtual machine '${nameOf(existing.id)}' already exists and If-None-Match: * was given.`,
    );
  return update(request, cloud, existing);
}

async function create(request: ArmRequest, cloud: Cloud): Promise<Answer> {
  const location = requireLocation(cloud, request.body, TYPE);
  const properties = objectAt(request.body, 'properties');
  const id = newId(cloud, request);
  const size = checkSize(cloud, properties, location);
  const source = await sourceOf(cloud, properties, location);
  const osDiskId = osDiskIdOf(id, properties);
  const guestOf = source ?? attachedDisk(cloud, osDiskId, location);
  checkCompatible(size, guestOf, properties);
  if (source !== undefined) checkPlan(cloud, request, source.plan);
  checkNetwork(cloud, id, properties, location);
  checkProfile(properties, source);
  const body = newBody(trustedByDefault(request, cloud, source), { id, location, osDiskId, source });
  const { generation, osType, architecture } = guestOf;
  const guest = { generation, osType, architecture };
  cloud.resources.put({ id, body, state: { ...guest, power: 'starting', generalized: false } });
  const plan: Provisioning = { id, osDiskId, source, size, properties, effect: request.fault?.effect };
  return accept(
    request,
    cloud,
    { subject: id, run: () => provision(cloud, plan), failed: (error) => fail(cloud, id, error) },
    { status: 201, body },
  );
}

/** https://learn.microsoft.com/azure/virtual-machines/trusted-launch#trusted-launch-as-default */
function trustedByDefault(request: ArmRequest, cloud: Cloud, source: VmSource | undefined): ArmRequest {
  const properties = objectAt(request.body, 'properties');
  const unsaid = properties['securityProfile'] === undefined && source?.generation === 'V2';
  if (!cloud.profile.trustedLaunchByDefault || !unsaid) return request;
  const securityProfile = {
    securityType: 'TrustedLaunch',
    uefiSettings: { secureBootEnabled: true, vTpmEnabled: true },
  };
  return { ...request, body: { ...request.body, properties: { ...properties, securityProfile } } };
}

function sourceOf(cloud: Cloud, properties: JsonObject, location: string): Promise<VmSource | undefined> {
  const reference = objectAt(properties, 'storageProfile')['imageReference'];
  if (isObject(reference)) return resolveSource(cloud, reference, location);
  if (textAt(properties, 'storageProfile.osDisk.createOption') === 'Attach')
    return Promise.resolve(undefined);
  throw invalidParameter(
    'Required parameter imageReference is missing: a VM is made from an image or from an attached disk.',
    'imageReference',
  );
}

/** A disk with a system that is free, and in the region of the machine. */
function attachedDisk(cloud: Cloud, id: string, location: string): Guest {
  const disk = requireReference(cloud, id, ['Microsoft.Compute/disks']);
  const owner = textAt(disk.body, 'managedBy');
  if (owner !== undefined)
    throw conflict('AttachDiskWhileBeingDetached', `Disk '${id}' is attached to '${owner}'.`);
  const region = textAt(disk.body, 'location');
  if (region !== location)
    throw badRequest(
      'BadRequest',
      `Disk '${id}' is in ${region} and cannot be attached to a VM in ${location}.`,
    );
  const osType = textAt(disk.body, 'properties.osType');
  if (osType === undefined)
    throw invalidParameter(`Disk '${id}' holds no operating system.`, 'osDisk.managedDisk.id');
  checkNoAccess(cloud, [id], `attach it to a virtual machine`);
  const securityType = textAt(disk.body, 'properties.securityProfile.securityType');
  return {
    generation: toGeneration(textAt(disk.body, 'properties.hyperVGeneration')),
    osType,
    architecture: toArchitecture(textAt(disk.body, 'properties.supportedCapabilities.architecture')),
    securityType,
  };
}

type Guest = Pick<VmSource, 'generation' | 'osType' | 'architecture' | 'securityType'>;

/** A generalized image needs an osProfile, a specialized one and an attached disk must have none. */
function checkProfile(properties: JsonObject, source: VmSource | undefined): void {
  const given = isObject(properties['osProfile']);
  const needed = source !== undefined && !source.specialized;
  if (needed && !given)
    throw invalidParameter("Required parameter 'osProfile' is missing (null).", 'osProfile');
  if (!needed && given)
    throw invalidParameter("Parameter 'osProfile' is not allowed for a specialized source.", 'osProfile');
}

/** Tags, identity and size of a VM that is there; its image and disks stay. */
export function update(request: ArmRequest, cloud: Cloud, existing: Resource): Answer {
  checkIdle(existing);
  const properties = objectAt(request.body, 'properties');
  const location = textAt(request.body, 'location');
  if (location !== undefined) sameLocation(existing, requireLocation(cloud, request.body, TYPE));
  checkUnchanged(existing, properties);
  const vmSize = textAt(properties, 'hardwareProfile.vmSize');
  if (vmSize !== undefined) checkSize(cloud, properties, textAt(existing.body, 'location') ?? '');
  const { tags, identity } = request.body;
  const body = patched(existing, {
    ...(tags === undefined ? {} : { tags }),
    ...(identity === undefined ? {} : { identity }),
    properties: {
      ...(vmSize === undefined ? {} : { hardwareProfile: { vmSize } }),
      provisioningState: 'Updating',
    },
  });
  cloud.resources.put({ ...existing, body });
  const done = () =>
    void cloud.resources.change(existing.id, { properties: { provisioningState: 'Succeeded' } });
  return accept(request, cloud, { subject: existing.id, run: done, failed: done }, { status: 200, body });
}
