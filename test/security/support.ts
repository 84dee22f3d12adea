import type { AccessPolicy, Action } from '../../shared/access/policy.ts';
import type { Issuer } from '../support/api.ts';

export const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
/** Two teams that share a deployment, by the object ids of their pipelines. */
export const A = 'aaaaaaaa-0000-4000-8000-00000000000a';
export const B = 'bbbbbbbb-0000-4000-8000-00000000000b';

export const group = (team: string): string => `/subscriptions/${SUBSCRIPTION}/resourceGroups/${team}`;
export const templates = (team: string): string =>
  `${group(team)}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
export const inGroup = (team: string, rest: string): string => `${group(team)}/providers/${rest}`;

const ALL: readonly Action[] = ['read', 'run', 'write', 'approve', 'admin'];

/** Each team its own group and vault, and nobody else anything. */
export function twoTeams(mode: AccessPolicy['mode'] = 'deny'): AccessPolicy {
  const rule = (team: string, id: string) => ({
    name: team,
    principals: [id],
    actions: ALL,
    scopes: [group(team), `https://${team}.vault.azure.net`],
  });
  return { mode, rules: [rule('team-a', A), rule('team-b', B)] };
}

export const tokenOf = (issuer: Issuer, oid: string, claims: object = {}): Promise<string> =>
  issuer.sign({ roles: ['Admin'], oid, ...claims });

export const shell = (more: object = {}): object => ({
  type: 'Shell',
  name: 'hello',
  inline: ['echo'],
  ...more,
});
export const managed = (team: string, name = 'web'): object => ({
  type: 'ManagedImage',
  runOutputName: 'image',
  imageId: inGroup(team, `Microsoft.Compute/images/${name}`),
  location: 'westeurope',
});
export const gallery = (team: string): object => ({
  type: 'SharedImage',
  runOutputName: 'gallery',
  galleryImageId: inGroup(team, 'Microsoft.Compute/galleries/goldens/images/web'),
  targetRegions: [{ name: 'westeurope' }],
});
