import type { Severity } from '../model/finding.ts';

/** Weights of https://www.first.org/cvss/v3.1/specification-document#7-4-Metric-Values */
const IMPACT: Readonly<Record<string, number>> = { N: 0, L: 0.22, H: 0.56 };
const VECTOR: Readonly<Record<string, number>> = { N: 0.85, A: 0.62, L: 0.55, P: 0.2 };
const COMPLEXITY: Readonly<Record<string, number>> = { L: 0.77, H: 0.44 };
const INTERACTION: Readonly<Record<string, number>> = { N: 0.85, R: 0.62 };
const PRIVILEGES: Readonly<Record<string, number>> = { N: 0.85, L: 0.62, H: 0.27 };
const PRIVILEGES_CHANGED: Readonly<Record<string, number>> = { N: 0.85, L: 0.68, H: 0.5 };

/** Base score, 0 to 10, of a vector of CVSS 3.0 or 3.1. Undefined for another text, or a vector with a part missing. */
export function baseScore(vector: string): number | undefined {
  if (!/^CVSS:3\.[01]\//.test(vector)) return undefined;
  const metrics = new Map(vector.split('/').map((part): [string, string] => splitAt(part)));
  const weigh = (name: string, weights: Readonly<Record<string, number>>) =>
    weights[metrics.get(name) ?? ''] ?? Number.NaN;
  const isChanged = metrics.get('S') === 'C';
  const kept = ['C', 'I', 'A'].reduce((product, name) => product * (1 - weigh(name, IMPACT)), 1);
  const base = 1 - kept;
  const impact = isChanged ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
  const exploitability =
    8.22 *
    weigh('AV', VECTOR) *
    weigh('AC', COMPLEXITY) *
    weigh('PR', isChanged ? PRIVILEGES_CHANGED : PRIVILEGES) *
    weigh('UI', INTERACTION);
  if (Number.isNaN(impact + exploitability)) return undefined;
  if (impact <= 0) return 0;
  return roundUp(Math.min((isChanged ? 1.08 : 1) * (impact + exploitability), 10));
}

function splitAt(part: string): [string, string] {
  const at = part.indexOf(':');
  return [part.slice(0, at), part.slice(at + 1)];
}

/** https://www.first.org/cvss/v3.1/specification-document#Appendix-A---Floating-Point-Rounding */
function roundUp(value: number): number {
  const whole = Math.round(value * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}

/** https://www.first.org/cvss/v3.1/specification-document#Qualitative-Severity-Rating-Scale */
export function ratingOf(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}
