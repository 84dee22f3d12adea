import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { DataDisk, ImageReference, OSProfile, VirtualMachine } from '@azure/arm-compute';
import { parseSharedId } from '../model/shared-id.ts';
import type { MachineRequest } from '../ports/azure.ts';

const ADMIN = 'kiln';

/** For every machine of a deployment. */
export type MachineOptions = {
  /**
   * Temporary disk and caches are encrypted too, as policies of many tenants ask. The subscription has to have the feature:
   * https://learn.microsoft.com/azure/virtual-machines/disks-enable-host-based-encryption-portal
   */
  readonly encryptionAtHost?: boolean;
};

/**
 * The body that creates a build machine: no public IP, disk and network interface that go when it goes, a serial log,
 * and credentials that nobody has. They are made here and forgotten, so that no history or store ever holds them.
 */
export async function machineBody(
  name: string,
  request: MachineRequest,
  options: MachineOptions = {},
): Promise<VirtualMachine> {
  const { plan, identities } = request;
  const securityProfile = securityOf(request, options);
  return {
    location: request.location,
    tags: { ...request.tags },
    ...(plan === undefined
      ? {}
      : { plan: { name: plan.planName, product: plan.planProduct, publisher: plan.planPublisher } }),
    ...(identities.length === 0
      ? {}
      : {
          identity: {
            type: 'UserAssigned',
            userAssignedIdentities: Object.fromEntries(identities.map((id) => [id, {}])),
          },
        }),
    ...(request.licenseType === undefined ? {} : { licenseType: request.licenseType }),
    hardwareProfile: { vmSize: request.vmSize },
    ...(Object.keys(securityProfile).length > 0 && { securityProfile }),
    storageProfile: storageOf(name, request),
    ...(hasAccounts(request) && { osProfile: await osProfile(request.osType) }),
    networkProfile: networkOf(request.subnetId),
    // Managed storage; the serial log is all there is when a machine does not come up.
    diagnosticsProfile: { bootDiagnostics: { enabled: true } },
  };
}

function securityOf(
  { security }: MachineRequest,
  { encryptionAtHost = false }: MachineOptions,
): NonNullable<VirtualMachine['securityProfile']> {
  return {
    ...(encryptionAtHost && { encryptionAtHost }),
    ...(security === 'TrustedLaunch' && {
      securityType: 'TrustedLaunch',
      uefiSettings: { secureBootEnabled: true, vTpmEnabled: true },
    }),
  };
}

/** Azure makes an account in what was generalized, and refuses to in anything else. */
function hasAccounts({ specialized, osDiskId }: MachineRequest): boolean {
  return specialized !== true && osDiskId === undefined;
}

function storageOf(name: string, request: MachineRequest): NonNullable<VirtualMachine['storageProfile']> {
  const { image, osDiskSizeGB, dataDisks = [], osDiskId, osType } = request;
  if (osDiskId !== undefined) {
    const managedDisk = { id: osDiskId };
    return {
      osDisk: { osType, createOption: 'Attach', deleteOption: 'Delete', caching: 'ReadWrite', managedDisk },
    };
  }
  return {
    imageReference:
      image.kind === 'resource'
        ? referenceTo(image.id)
        : { publisher: image.publisher, offer: image.offer, sku: image.sku, version: image.version },
    osDisk: {
      name: `${name}-os`,
      createOption: 'FromImage',
      deleteOption: 'Delete',
      caching: 'ReadWrite',
      managedDisk: { storageAccountType: 'StandardSSD_LRS' },
      ...(osDiskSizeGB === 0 ? {} : { diskSizeGB: osDiskSizeGB }),
    },
    ...(dataDisks.length === 0 ? {} : { dataDisks: dataDisks.map((disk) => dataDisk(name, disk)) }),
  };
}

/** Three fields for ids of three forms. */
function referenceTo(id: string): ImageReference {
  const kind = parseSharedId(id)?.kind;
  if (kind === undefined) return { id };
  return kind === 'sharedGalleries' ? { sharedGalleryImageId: id } : { communityGalleryImageId: id };
}

function dataDisk(name: string, disk: NonNullable<MachineRequest['dataDisks']>[number]): DataDisk {
  const { lun } = disk;
  if ('diskId' in disk)
    return { lun, createOption: 'Attach', deleteOption: 'Detach', managedDisk: { id: disk.diskId } };
  return {
    lun,
    name: `${name}-data-${lun}`,
    createOption: 'Empty',
    deleteOption: 'Delete',
    diskSizeGB: disk.sizeGB,
    managedDisk: { storageAccountType: 'StandardSSD_LRS' },
  };
}

function networkOf(subnetId: string): NonNullable<VirtualMachine['networkProfile']> {
  const ipConfigurations = [{ name: 'ip', subnet: { id: subnetId } }];
  return {
    networkApiVersion: '2022-11-01',
    networkInterfaceConfigurations: [
      { name: 'nic', primary: true, deleteOption: 'Delete', ipConfigurations },
    ],
  };
}

async function osProfile(osType: MachineRequest['osType']): Promise<OSProfile> {
  const common = { computerName: 'kiln-build', adminUsername: ADMIN, allowExtensionOperations: true };
  if (osType === 'Windows')
    return {
      ...common,
      adminPassword: randomPassword(),
      windowsConfiguration: {
        provisionVMAgent: true,
        enableAutomaticUpdates: false,
        patchSettings: { patchMode: 'Manual' },
      },
    };
  const path = `/home/${ADMIN}/.ssh/authorized_keys`;
  return {
    ...common,
    linuxConfiguration: {
      disablePasswordAuthentication: true,
      ssh: { publicKeys: [{ path, keyData: await forgottenPublicKey() }] },
      provisionVMAgent: true,
      patchSettings: { patchMode: 'ImageDefault' },
    },
  };
}

/** Of all four kinds of characters, which Windows asks for; 192 random bits. */
function randomPassword(): string {
  return `${randomBytes(24).toString('base64url')}aA1!`;
}

/**
 * Azure wants a key even when nobody is to log in, and wants it in ssh-rsa format. The private half is dropped at once.
 */
async function forgottenPublicKey(): Promise<string> {
  const { publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const { e = '', n = '' } = publicKey.export({ format: 'jwk' });
  const blob = [Buffer.from('ssh-rsa'), positive(e), positive(n)].flatMap((part) => [lengthOf(part), part]);
  return `ssh-rsa ${Buffer.concat(blob).toString('base64')} ${ADMIN}`;
}

/** SSH numbers are signed: a leading zero byte keeps the sign positive. RFC 4251, section 5. */
function positive(number: string): Buffer {
  return Buffer.concat([Buffer.from([0]), Buffer.from(number, 'base64url')]).subarray(
    (Buffer.from(number, 'base64url')[0] ?? 0) < 0x80 ? 1 : 0,
  );
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}
