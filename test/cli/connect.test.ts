import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { run, withKiln } from './command.ts';
import { succeeding } from './scripts.ts';
import { SUBSCRIPTION, TOKEN } from './stand-in.ts';

async function withTokenEndpoint(test: (url: string, scopes: string[]) => Promise<void>): Promise<void> {
  const scopes: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const form = new URLSearchParams(body);
      if (form.get('grant_type') === 'client_credentials') scopes.push(form.get('scope') ?? '');
      response.end(JSON.stringify({ access_token: TOKEN, expires_in: '3600' }));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}/adfs/oauth2/token`, scopes);
  } finally {
    server.close();
  }
}

const unset = { KILN_ENDPOINT: undefined, KILN_TOKEN: undefined, KILN_SUBSCRIPTION: undefined };

test('without settings the local mode of a parent folder is used, with a token for its audience', async () => {
  await withKiln(succeeding, async ({ server, folder }) => {
    await withTokenEndpoint(async (tokenUrl, scopes) => {
      server.withRuns();
      await mkdir(path.join(folder, '.kiln/local'), { recursive: true });
      await mkdir(path.join(folder, 'deep/er'), { recursive: true });
      const endpoints = { api: server.url, arm: 'http://127.0.0.1:1', subscriptionId: SUBSCRIPTION };
      await writeFile(
        path.join(folder, '.kiln/local/endpoints.json'),
        JSON.stringify({ ...endpoints, tokenUrl, audience: 'http://kiln.test' }),
      );
      const { code, stderr } = await run(['runs', 'web'], path.join(folder, 'deep/er'));
      assert.equal(code, 0, stderr);
      assert.deepEqual(scopes, ['http://kiln.test/.default']);
      assert.match(
        server.seen[0]?.path ?? '',
        new RegExp(`^/subscriptions/${SUBSCRIPTION}/resourceGroups/images/`),
      );
    });
  });
});

test('for Azure the token comes from the Azure CLI, for the audience that is set', async () => {
  const bin = await mkdtemp(path.join(tmpdir(), 'kiln-az-'));
  try {
    const script = `#!/bin/sh\n[ "$*" = "account get-access-token --resource api://kiln --output json" ] || exit 3\nprintf '{"accessToken":"%s","expires_on":99999999999}' ${TOKEN}\n`;
    await writeFile(path.join(bin, 'az'), script);
    await chmod(path.join(bin, 'az'), 0o755);
    await withKiln(succeeding, async ({ kiln, server }) => {
      server.withRuns();
      const env = { KILN_TOKEN: undefined, KILN_AUDIENCE: 'api://kiln', PATH: `${bin}:/usr/bin:/bin` };
      const { code, stderr } = await kiln(['runs', 'web'], { env });
      assert.equal(code, 0, stderr);
    });
  } finally {
    await rm(bin, { recursive: true });
  }
});

test('without any Kiln, token or subscription the command says which setting is missing', async () => {
  await withKiln(succeeding, async ({ kiln }) => {
    const without = async (...names: string[]): Promise<string> => {
      const env = Object.fromEntries(names.map((name) => [name, undefined]));
      const { code, stderr } = await kiln(['runs', 'web'], { env });
      assert.equal(code, 2);
      return stderr;
    };
    assert.match(await without(...Object.keys(unset)), /no KILN_ENDPOINT, no \.kiln\/local\/endpoints\.json/);
    assert.match(await without('KILN_TOKEN'), /Set KILN_TOKEN, or set KILN_AUDIENCE/);
    assert.match(await without('KILN_SUBSCRIPTION'), /Pass --subscription/);
    assert.match(await without('KILN_RESOURCE_GROUP'), /Pass --resource-group/);
  });
});
