import assert from 'node:assert/strict';
import { createHash, createPublicKey } from 'node:crypto';
import { chmod, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import { parseEnvelope } from '../../../cli/api/envelope.ts';
import type { Trusted } from '../../../cli/provenance/trusted-key.ts';
import { readSigned, verifyFile, verifyOutput } from '../../../cli/provenance/verify.ts';
import type { Signer } from '../../../shared/ports/signer.ts';
import { issueProvenance, type Issuer } from '../../../shared/provenance/issue.ts';
import { fileSigner } from '../../../shared/provenance/key-file.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { createVhdBlobs } from '../../../shared/store/blob-vhds.ts';
import type { Run, RunOutput, SignedOutput } from '../../../shared/model/documents/documents.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { region, runId, sha256 } from '../../../shared/model/convert.ts';
import type { ImageTemplate } from '../../../shared/model/template.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';

const MIB = 1024 ** 2;
const ref = {
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  resourceGroup: 'images',
  name: 'web',
};
const id = runId('22222222-2222-2222-2222-222222222222');
const VERSION =
  '/subscriptions/s/resourceGroups/images/providers/Microsoft.Compute/galleries/g/images/web/versions/1.0.5';

const template: ImageTemplate = {
  ref,
  location: region('westeurope'),
  tags: {},
  identities: [],
  properties: {
    source: { type: 'PlatformImage', publisher: 'Debian', offer: 'debian-12', sku: '12', version: 'latest' },
    customize: [
      {
        type: 'Shell',
        name: 'install',
        script: {
          kind: 'uri',
          uri: 'https://scripts.example.com/install.sh?sv=1&sig=do-not-tell',
          sha256: sha256('a'.repeat(64)),
        },
        secrets: { TOKEN: 'https://team.vault.azure.net/secrets/token' },
      },
    ],
    distribute: [],
    buildTimeoutInMinutes: 60,
    vmProfile: { vmSize: '', osDiskSizeGB: 0, userAssignedIdentities: [] },
    errorHandling: { onCustomizerError: 'cleanup', onValidationError: 'cleanup', leaseMinutes: 60 },
    managedResourceTags: {},
  },
};

const runWith = (...outputs: RunOutput[]): Run => ({
  ...{ schema: 1, ref, id, revision: 3, reason: 'request', state: 'Succeeded', message: '', outputs },
  ...{ startTime: '2026-11-01T10:00:00Z', endTime: '2026-11-01T10:07:00Z' },
  requestedBy: { kind: 'user', id: 'ada', memberOf: ['secret-group'] },
  parameters: { release: '7' },
  source: 'Debian:debian-12:12:12.20261101.0',
});

describe('provenance of a run', () => {
  let azurite: Azurite;
  let container: ContainerClient;
  let store: Store;
  let folder: string;
  let keyFile: string;
  before(async () => {
    azurite = await startAzurite();
    folder = await mkdtemp(path.join(os.tmpdir(), 'kiln-provenance-'));
    keyFile = path.join(folder, 'key.pem');
  });
  after(async () => {
    await azurite.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    container = await azurite.container();
    store = createBlobStore(container);
    const at = '2026-11-01T10:00:00Z';
    await store.revisions.put(ref, { schema: 1, number: 3, template, createdAt: at });
    await store.timeline.append(ref, id, [
      { id: '1', at, phase: 'customize', step: 'install', event: 'started' },
      { id: '2', at: '2026-11-01T10:01:00Z', phase: 'customize', step: 'install', event: 'succeeded' },
    ]);
  });

  const issuer = (changes: Partial<Issuer> = {}): Issuer => ({
    ...{ store, vhds: createVhdBlobs(container), appName: 'kiln-test', mostBytes: 1024 * MIB },
    signer: fileSigner(keyFile),
    ...changes,
  });

  async function issue(changes: Partial<Issuer>, ...outputs: RunOutput[]): Promise<readonly SignedOutput[]> {
    await store.runs.create(runWith(...outputs));
    return issueProvenance(issuer(changes), { ref, id });
  }

  /** As somebody else has it: from the file with the public half. */
  async function trusted(): Promise<Trusted> {
    const key = createPublicKey(await readFile(`${keyFile}.pub`));
    return { key, name: 'the test', assertValid: () => undefined };
  }

  function envelopeOf(signed: readonly SignedOutput[]) {
    const envelope = parseEnvelope(JSON.parse(JSON.stringify(signed[0]?.envelope)));
    assert.ok(envelope);
    return envelope;
  }

  /** A disk with holes: data at the front, in the middle and in the last page. */
  async function makeVhd(): Promise<{ file: string; url: string; output: RunOutput }> {
    const file = path.join(folder, 'web.vhd');
    await rm(file, { force: true });
    const size = 64 * MIB + 512;
    const parts = [
      { at: 0, bytes: Buffer.alloc(1536, 'boot') },
      { at: 20 * MIB + 512, bytes: Buffer.alloc(3 * MIB, 'data') },
      { at: size - 512, bytes: Buffer.alloc(512, 'conectix') },
    ];
    const account = container.url.slice(0, container.url.lastIndexOf('/'));
    const vhds = createVhdBlobs(container);
    const url = vhds.location('', `${ref.name}/${id}/web.vhd`, ref);
    assert.ok(url.startsWith(account));
    const target = new ContainerClient(`${account}/vhds`, container.credential);
    await target.createIfNotExists();
    const blob = target.getPageBlobClient(decodeURIComponent(url.slice(`${account}/vhds/`.length)));
    await blob.create(size);
    await writeFile(file, '');
    await truncate(file, size);
    const handle = await open(file, 'r+');
    for (const { at, bytes } of parts) {
      await blob.uploadPages(bytes, at, bytes.length);
      await handle.write(bytes, 0, bytes.length, at);
    }
    await handle.close();
    return { file, url, output: { name: 'web-vhd', type: 'VHD', state: 'Succeeded', artifactUri: url } };
  }

  test('names source, scripts, parameters, who asked and each step, and secrets by their names alone', async () => {
    const gallery = { name: 'web', type: 'SharedImage', state: 'Succeeded', artifactId: VERSION } as const;
    const [signed] = await issue({}, gallery);
    const text = Buffer.from(signed?.envelope.payload ?? '', 'base64').toString();
    for (const secret of ['do-not-tell', 'team.vault', 'secret-group'])
      assert.ok(!text.includes(secret), secret);
    const { predicate, subject } = JSON.parse(text);
    const { buildDefinition, runDetails, kiln_subject: claim, kiln_steps: steps } = predicate;
    assert.deepEqual(buildDefinition.resolvedDependencies, [
      { name: 'source', uri: 'Debian:debian-12:12:12.20261101.0' },
      {
        name: 'install',
        uri: 'https://scripts.example.com/install.sh?…',
        digest: { sha256: 'a'.repeat(64) },
      },
    ]);
    assert.deepEqual(buildDefinition.externalParameters.steps, [
      { name: 'install', type: 'Shell', secrets: ['TOKEN'] },
    ]);
    assert.deepEqual(buildDefinition.externalParameters.parameters, { release: '7' });
    assert.equal(buildDefinition.externalParameters.revision, 3);
    assert.deepEqual(buildDefinition.internalParameters.requestedBy, {
      kind: 'user',
      id: 'ada',
      via: 'http',
    });
    assert.equal(runDetails.metadata.finishedOn, '2026-11-01T10:07:00Z');
    assert.deepEqual(steps, [
      {
        ...{ phase: 'customize', step: 'install', result: 'succeeded' },
        ...{ startedOn: '2026-11-01T10:00:00Z', finishedOn: '2026-11-01T10:01:00Z' },
      },
    ]);
    // Nothing is known of the bytes, and it says so.
    assert.equal(claim.kind, 'id');
    assert.match(claim.says, /neither bytes nor contents/);
    assert.deepEqual(subject[0].digest, {
      kilnResourceId: createHash('sha256').update(VERSION).digest('hex'),
    });
  });

  test('a VHD is bound by the digest of all its bytes, holes included, and a changed byte is refused', async () => {
    const { file, output } = await makeVhd();
    const envelope = envelopeOf(await issue({}, output));
    const { proved } = await verifyFile(file, envelope, await trusted());
    assert.match(proved, /every byte of .*web\.vhd .* run 22222222-.* of web revision 3/);
    for (const at of [0, 21 * MIB, 40 * MIB]) {
      const handle = await open(file, 'r+');
      const byte = Buffer.alloc(1);
      await handle.read(byte, 0, 1, at);
      await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
      await assert.rejects(verifyFile(file, envelope, await trusted()), /is not what was built/);
      await handle.write(byte, 0, 1, at);
      await handle.close();
    }
    await verifyFile(file, envelope, await trusted());
  });

  test('a VHD that is larger than what may be read is bound by its ETag, and no file passes for it', async () => {
    const { file, output } = await makeVhd();
    const envelope = envelopeOf(await issue({ mostBytes: MIB }, output));
    const statement = readSigned(envelope, await trusted());
    assert.equal(statement.kind, 'etag');
    await assert.rejects(verifyFile(file, envelope, await trusted()), /not about the bytes of a file/);
  });

  test('a statement about another output, run or version is refused', async () => {
    const gallery = { name: 'web', type: 'SharedImage', state: 'Succeeded', artifactId: VERSION } as const;
    const envelope = envelopeOf(await issue({}, gallery));
    const place = { run: id, output: 'web', uri: VERSION };
    const verdict = verifyOutput(place, envelope, await trusted());
    assert.match(verdict.notProved, /anything about the bytes/);
    for (const other of [{ run: 'x' }, { output: 'y' }, { uri: VERSION.replace('1.0.5', '1.0.6') }])
      await assert.rejects(async () => verifyOutput({ ...place, ...other }, envelope, await trusted()));
  });

  test('what is signed stays, and what failed to be signed is signed the next time', async () => {
    const gallery = { name: 'web', type: 'SharedImage', state: 'Succeeded', artifactId: VERSION } as const;
    const message = 'The key cannot sign: Key Vault answered 403.';
    const failing: Signer = { sign: () => Promise.reject(new KilnError({ code: 'KeyNotUsable', message })) };
    const [unsigned] = await issue({ signer: failing }, gallery);
    assert.equal(unsigned?.note, message);
    assert.deepEqual(unsigned.envelope.signatures, []);
    const first = await issueProvenance(issuer(), { ref, id });
    assert.equal(first[0]?.envelope.signatures.length, 1);
    assert.deepEqual(await issueProvenance(issuer(), { ref, id }), first);
    assert.deepEqual((await store.provenance.get(ref, id))?.outputs, first);
  });

  test('a run that has made nothing has no provenance', async () => {
    assert.deepEqual(await issue({}, { name: 'web', type: 'VHD', state: 'Failed' }), []);
    assert.equal(await store.provenance.get(ref, id), undefined);
  });
});

describe('a key file', () => {
  test('is made once, for its owner alone, and signs the same after a restart', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'kiln-key-'));
    try {
      const file = path.join(folder, 'key.pem');
      const signed = await Promise.all([1, 2, 3].map(() => fileSigner(file).sign(Buffer.from('x'))));
      assert.equal(new Set(signed.map(({ keyId }) => keyId)).size, 1);
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      await writeFile(file, 'no key');
      await chmod(file, 0o600);
      await assert.rejects(fileSigner(file).sign(Buffer.from('x')), /cannot be read as a private key/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
