import type { Verdict } from './compare.ts';

type Difference = { readonly reason: string; readonly explains: (verdict: Verdict) => boolean };

const kilnSays = (pattern: RegExp) => (verdict: Verdict) =>
  verdict.official.length === 0 &&
  verdict.kiln.length > 0 &&
  verdict.kiln.every(({ code, target = '', message }) => pattern.test(`${code} ${target} ${message}`));

const officialSays = (pattern: RegExp) => (verdict: Verdict) =>
  verdict.kiln.length === 0 &&
  verdict.official.length > 0 &&
  verdict.official.every(({ at, message }) => pattern.test(`${at} ${message}`));

/** Why Kiln may say something else than the official description. Whatever no line explains is a defect. */
const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'Kiln refuses: nothing is fetched over plain http',
    explains: kilnSays(/^UrlNotAllowed .* uses http; only https is allowed/),
  },
  {
    reason:
      'Kiln refuses: an identity of type UserAssigned without an id (the service does too, by its documentation)',
    explains: kilnSays(/^InvalidValue \/identity\/userAssignedIdentities 0 identities/),
  },
  {
    reason:
      'Kiln refuses: text with no form in the description that could never be an id, a region or a checksum',
    explains: kilnSays(/^(?:InvalidResourceId|InvalidValue \/location) /),
  },
  {
    reason:
      'Kiln accepts: types that the service took in 2019-05-01-preview, though its description lacks them',
    explains: officialSays(/tagValue":"WindowsUpdate"/),
  },
  {
    reason: 'Kiln accepts: names and types in another case, as the service did before 2024-02-01',
    explains: officialSays(/tagValue":"(?:sharedImage|managedImage|shell)"|missingProperty":"sourceUri"/),
  },
];

export type Comparison = {
  readonly agree: number;
  /** How many bodies each reason explains. */
  readonly differences: Readonly<Record<string, number>>;
  readonly unexplained: readonly Verdict[];
};

export function compare(verdicts: readonly Verdict[]): Comparison {
  const differing = verdicts.filter(({ official, kiln }) => (official.length === 0) !== (kiln.length === 0));
  const differences: Record<string, number> = {};
  const unexplained = differing.filter((verdict) => {
    const reason = DIFFERENCES.find(({ explains }) => explains(verdict))?.reason;
    if (reason === undefined) return true;
    differences[reason] = (differences[reason] ?? 0) + 1;
    return false;
  });
  return { agree: verdicts.length - differing.length, differences, unexplained };
}
