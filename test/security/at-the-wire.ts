// Callers as the API meets them, each with a token of its own. What uses this knows the wire alone, not a module of Kiln, so
// that it also says how an older build behaves: docs/security-tests.md.
import http from 'node:http';
import { API_VERSION, type Answer, type LocalKiln } from '../support/local-kiln.ts';

/** Pipelines of two teams, by their client ids; A may use its own group alone. */
export const PIPELINE_A = 'aaaaaaaa-1111-4111-8111-00000000000a';
export const PIPELINE_B = 'bbbbbbbb-1111-4111-8111-00000000000b';

export type Send = (method: string, path: string, body?: unknown, apiVersion?: string) => Promise<Answer>;

/** Sends as this client, to the API unless an address is given. */
export async function sendAs(kiln: LocalKiln, clientId: string, audience?: string): Promise<Send> {
  const { endpoints } = kiln;
  const token = await tokenOf(kiln, clientId, audience ?? endpoints.audience);
  return async (method, path, body, apiVersion = API_VERSION) => {
    const address = path.startsWith('http') ? path : `${endpoints.api}${path}`;
    const url = `${address}${address.includes('?') ? '&' : '?'}api-version=${apiVersion}`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await raw(url, method, headers, body === undefined ? '' : sent);
    return { status: answer.status, headers: new Headers(), body: parsed(answer.text) };
  };
}

/** One request as it is: `fetch` folds dots in a path, and lets nobody write Host. */
export function raw(
  url: string,
  method: string,
  headers: Record<string, string>,
  body = '',
): Promise<{ readonly status: number; readonly text: string }> {
  const { hostname, port } = new URL(url);
  const path = url.slice(url.indexOf('/', 'http://'.length));
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('error', reject).end(body);
  });
}

async function tokenOf({ endpoints }: LocalKiln, clientId: string, audience: string): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: endpoints.clientSecret ?? 'none',
    scope: `${audience}/.default`,
  };
  const answer = await fetch(endpoints.tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
