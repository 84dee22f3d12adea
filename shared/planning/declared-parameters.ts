import type { ImageTemplate } from '../model/template.ts';

type Parameters = Readonly<Record<string, string>> | undefined;

/** A template may declare fewer than when the request was accepted. Requests of before there were declarations keep theirs. */
export function declaredParameters(
  { properties: { buildRequests } }: Pick<ImageTemplate, 'properties'>,
  given: Parameters,
): Parameters {
  if (buildRequests === undefined || given === undefined) return given;
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => buildRequests.parameters.includes(name)),
  );
}
