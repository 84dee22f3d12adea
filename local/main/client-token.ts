import type { Endpoints } from './endpoints-file.ts';

/** A token of the local cloud for an audience, for whoever knows the secret of the data folder. */
export async function clientToken(
  { tokenUrl, clientSecret }: Pick<Endpoints, 'tokenUrl' | 'clientSecret'>,
  audience: string,
  signal?: AbortSignal,
): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: '00000000-0000-4000-8000-000000000001',
    client_secret: clientSecret,
    scope: `${audience}/.default`,
  });
  const response = await fetch(tokenUrl, { method: 'POST', body, ...(signal && { signal }) });
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null && 'access_token' in answer)
    return String(answer.access_token);
  throw new Error(`${tokenUrl} gave no token (status ${response.status}).`);
}
