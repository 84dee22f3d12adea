// GitHub's OIDC endpoint and Entra's token endpoint, as far as a job sees them. Tokens for Kiln come from the local cloud.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export const TENANT = '22222222-2222-4222-8222-222222222222';
export const CLIENT = '33333333-3333-4333-8333-333333333333';

export async function startEntra({ tokenUrl, clientSecret }: { tokenUrl: string; clientSecret: string }) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const send = (status: number, body: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      seen.push(`${request.method} ${url.pathname}`);
      if (url.pathname === '/oidc') {
        const good =
          request.headers.authorization === 'Bearer job-secret' &&
          url.searchParams.get('audience') === 'api://AzureADTokenExchange';
        return send(good ? 200 : 401, good ? { value: 'proof-of-the-job' } : {});
      }
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const isTrusted =
        url.pathname === `/${TENANT}/oauth2/v2.0/token` &&
        form.get('client_assertion') === 'proof-of-the-job';
      if (!isTrusted || form.get('client_id') !== CLIENT)
        return send(400, {
          error: 'invalid_client',
          error_description: 'AADSTS700213: No matching federated identity record found.\r\nTrace ID: x',
        });
      const forward = { grant_type: 'client_credentials', client_id: CLIENT, client_secret: clientSecret };
      const scope = form.get('scope') ?? '';
      const answer = await fetch(tokenUrl, {
        method: 'POST',
        body: new URLSearchParams({ ...forward, scope }),
      });
      return send(answer.status, await answer.json());
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    seen,
    close: () => server.close(),
    /** What GitHub gives a job with `id-token: write`, and where this Entra is. */
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/oidc?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job-secret',
      AZURE_AUTHORITY_HOST: url,
    },
  };
}
