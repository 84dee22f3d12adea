import { Cron } from 'croner';
import { parseDuration } from '../model/duration.ts';
import { isImageVersion } from '../model/ids.ts';
import { isSecretId } from '../model/secret-id.ts';

function isCron(text: string): boolean {
  try {
    // A pattern that has no occurrence, such as 31 February, is as wrong as one that cannot be read.
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

/** `Intl.supportedValuesOf` has one name of each zone, often the one of twenty years ago: Asia/Calcutta, not Asia/Kolkata. */
function isTimeZone(text: string): boolean {
  // Offsets such as +01:00 are taken as well, but have no summer time, and are no names.
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).format(0) !== '';
  } catch {
    return false;
  }
}

type Format = { readonly test: (text: string) => boolean; readonly expects: string };

/** Texts with a form of their own, and how a message describes the form. */
export const FORMATS: Readonly<Record<string, Format>> = {
  sha256: {
    test: (text) => /^(?:[0-9a-f]{64})?$/i.test(text),
    expects: 'a SHA-256 checksum: 64 hexadecimal digits',
  },
  // What steers the scripts around a step is not for requests: names of ours and of Packer.
  'parameter-name': {
    test: (text) => /^(?!KILN_|PACKER_)[A-Z_][A-Z0-9_]{0,63}$/i.test(text),
    expects:
      'the name of a parameter: letters, digits and "_", no digit first, 64 at most, no KILN_ or PACKER_ in front',
  },
  region: {
    test: (text) => /^[a-z0-9][a-z0-9_ -]{0,63}$/i.test(text),
    expects: 'a region, for example westeurope',
  },
  duration: {
    test: (text) => parseDuration(text) !== undefined,
    expects: 'a duration of magnitude and unit, for example 5m or 2h',
  },
  cron: {
    test: (text) => text.trim().split(/\s+/).length === 5 && isCron(text),
    expects: 'a cron expression of five fields: minute, hour, day, month, weekday; for example 0 3 * * SUN',
  },
  'time-zone': {
    test: isTimeZone,
    expects: 'the IANA name of a time zone, for example Europe/Berlin',
  },
  'utc-time': {
    test: (text) => /^\d{4}-\d\d-\d\dT.+(?:Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(Date.parse(text)),
    expects: 'a moment with its zone, for example 2026-12-01T03:00:00Z',
  },
  'absolute-path': {
    test: (text) => /^(?:\/|[a-z]:[\\/]|\\\\)[^\0\n\r]+$/i.test(text) && !/[\\/]$/.test(text),
    expects: 'the absolute path of a file, for example /tmp/app.conf or C:\\build\\app.zip',
  },
  'guest-text': {
    test: (text) => !text.includes('\0') && text.length <= 32_767,
    expects: 'a text of at most 32767 characters, none of them NUL',
  },
  'file-mode': {
    test: (text) => /^[0-7]{3,4}$/.test(text),
    expects: 'permissions in three or four octal digits, for example 0755',
  },
  account: {
    test: (text) => /^[a-z_][a-z0-9_-]{0,31}$/i.test(text),
    expects:
      'the name of an account: letters, digits, dash and underscore, 32 at most, no digit or dash first',
  },
  'key-vault-secret': {
    test: (text) => isSecretId(text),
    expects:
      'the id of a Key Vault secret: https://<vault>.vault.azure.net/secrets/<name>, with a version or without',
  },
  'image-version': {
    test: isImageVersion,
    expects: 'an exact version such as 1.2.3',
  },
  'date-time': {
    test: (text) =>
      /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z$/.test(text) && !Number.isNaN(Date.parse(text)),
    expects: 'a moment in UTC, for example 2027-06-30T00:00:00Z',
  },
  'image-version-or-latest': {
    test: (text) => text.toLowerCase() === 'latest' || isImageVersion(text),
    expects: 'an exact version such as 1.2.3, or latest',
  },
};
