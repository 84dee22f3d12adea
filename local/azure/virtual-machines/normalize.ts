import { isObject, objectAt, textAt, type Json, type JsonObject } from '../json.ts';

/** Words that compute writes in one way only, however they were sent. */
const WORDS = [
  'FromImage',
  'Attach',
  'Empty',
  'None',
  'ReadOnly',
  'ReadWrite',
  'Delete',
  'Detach',
  'Standard_LRS',
  'StandardSSD_LRS',
  'Premium_LRS',
  'Spot',
  'Deallocate',
  'TrustedLaunch',
];
const ENUMS = new Set([
  'createOption',
  'caching',
  'deleteOption',
  'storageAccountType',
  'priority',
  'evictionPolicy',
  'securityType',
]);
const BY_LOWER_CASE = new Map(WORDS.map((word) => [word.toLowerCase(), word]));

/** Without members that are null, and with enumerations in compute's own casing. */
export function normalized(value: JsonObject): JsonObject {
  const entries = Object.entries(value)
    .filter(([, member]) => member !== null)
    .map(([key, member]): [string, Json | undefined] => [key, normalizedMember(key, member)]);
  return Object.fromEntries(entries);
}

function normalizedMember(key: string, member: Json | undefined): Json | undefined {
  if (Array.isArray(member)) return member.map((item) => (isObject(item) ? normalized(item) : item));
  if (isObject(member)) return normalized(member);
  if (!ENUMS.has(key) || typeof member !== 'string') return member;
  return BY_LOWER_CASE.get(member.toLowerCase()) ?? member;
}

/** What compute fills in about the guest. */
export function completeProfile(osProfile: JsonObject, osType: string): JsonObject {
  const member = osType === 'Windows' ? 'windowsConfiguration' : 'linuxConfiguration';
  const given = objectAt(osProfile, member);
  const own: JsonObject =
    osType === 'Windows'
      ? { enableAutomaticUpdates: true }
      : { disablePasswordAuthentication: textAt(osProfile, 'adminPassword') === undefined };
  return {
    ...osProfile,
    [member]: {
      ...own,
      provisionVMAgent: true,
      ...given,
      patchSettings: {
        patchMode: osType === 'Windows' ? 'AutomaticByOS' : 'ImageDefault',
        assessmentMode: 'ImageDefault',
        ...objectAt(given, 'patchSettings'),
      },
    },
  };
}
