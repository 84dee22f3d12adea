import type { Proof } from '../../../shared/model/documents/proofs.ts';
import type { Envelope, SignedOutput } from '../../../shared/model/documents/provenance.ts';
import type { DatabaseInfo, VulnerabilityReport } from '../../../shared/model/documents/vulnerabilities.ts';
import { type Finding, SEVERITIES } from '../../../shared/model/finding.ts';
import type {
  Inventory,
  InventoryOs,
  InventoryPackage,
  InventoryPort,
  InventoryService,
  InventoryUser,
} from '../../../shared/model/inventory.ts';
import type { FoundImage, FoundPackage } from '../../../shared/inventory/find.ts';
import type { InventoryDiff } from '../../../shared/inventory/diff.ts';
import type { PackageChange, PackageGroup } from '../../../shared/inventory/diff-packages.ts';
import type { JsonObject } from '../../../shared/template/schema/node.ts';
import { describing, many, mapTo, moment, object, oneOf, text, whole, yes } from './words.ts';

// What is in an image, what is different in it, and what is known and proved of it.

const packageType = oneOf('deb', 'rpm', 'snap', 'pypi', 'npm', 'windows', 'hotfix', 'appx', 'feature');
const port = describing<InventoryPort>({
  protocol: oneOf('tcp', 'udp'),
  address: text,
  port: whole,
  'process?': text,
});
const service = describing<InventoryService>({
  name: text,
  state: oneOf('enabled', 'disabled', 'masked', 'static', 'automatic', 'manual'),
});
const user = describing<InventoryUser>({ name: text, 'uid?': whole, 'shell?': text, groups: many(text) });

const move = (of: JsonObject): JsonObject => object({ from: of, to: of });
const changes = (of: JsonObject): JsonObject =>
  object({
    added: many(of),
    removed: many(of),
    changed: many(object({ name: text, from: of, to: of })),
  });

export const counts = { added: whole, removed: whole, changed: whole };

const side = object(
  {
    'templateId?': text,
    'runId?': text,
    'versions?': many(text),
    'revision?': whole,
    'source?': text,
    'startTime?': moment,
  },
  'The image of a run, or a source, of which only its id is known.',
);

export const OF_IMAGES = {
  Inventory: object({
    runId: text,
    of: oneOf('image', 'source'),
    takenAt: moment,
    simulated: yes,
    digest: { type: 'string', description: 'SHA-256 of the canonical inventory.' },
    inventory: describing<Inventory>({
      schema: whole,
      os: describing<InventoryOs>({
        family: oneOf('linux', 'windows'),
        ...{ id: text, version: text, 'codename?': text, name: text, architecture: text, 'kernel?': text },
      }),
      packages: many(
        describing<InventoryPackage>({
          type: packageType,
          name: text,
          version: text,
          'architecture?': text,
          'source?': object({ name: text, version: text }),
        }),
      ),
      services: many(service),
      listening: many(port),
      users: many(user),
      repositories: many(text),
      disk: object({ usedBytes: whole, folders: many(object({ path: text, bytes: whole })) }),
      'cut?': many(text),
    }),
  }),
  Sbom: object(
    {
      'bomFormat?': text,
      'specVersion?': text,
      'spdxVersion?': text,
      'components?': many(object({ name: text, 'version?': text, 'purl?': text })),
      'packages?': many(object({ name: text, 'versionInfo?': text })),
    },
    'CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/) or with `format=spdx` SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/), whole; only some members are named here.',
  ),
  Diff: describing<InventoryDiff & Record<'from' | 'to', object> & { readonly madeOf: readonly string[] }>({
    from: side,
    to: side,
    madeOf: many(text),
    counts: object(counts),
    'os?': move(text),
    'kernel?': move(text),
    packages: many(
      describing<PackageGroup>({
        source: text,
        type: packageType,
        change: oneOf('added', 'removed', 'changed'),
        packages: many(
          describing<PackageChange>({
            type: packageType,
            name: text,
            'architecture?': text,
            'from?': text,
            'to?': text,
          }),
        ),
      }),
    ),
    services: changes(service),
    listening: object({ opened: many(port), closed: many(port) }),
    users: changes(user),
    repositories: object({ added: many(text), removed: many(text) }),
    usedBytes: move(whole),
    'unknown?': many(text),
  }),
  FoundImages: object({
    value: many(
      describing<
        Omit<FoundImage, 'ref' | 'simulated'> &
          Record<'templateId' | 'template', string> & { readonly simulated: boolean }
      >({
        templateId: text,
        template: text,
        runId: text,
        at: moment,
        versions: many(text),
        os: text,
        simulated: yes,
        packages: many(describing<FoundPackage>({ type: text, name: text, version: text, 'source?': text })),
      }),
    ),
  }),
  Checks: object({
    value: many(
      describing<Proof & { readonly kind: string }>({
        kind: oneOf('checks', 'hygiene'),
        name: text,
        result: oneOf('passed', 'failed', 'skipped'),
        expected: text,
        found: text,
      }),
    ),
  }),
  Vulnerabilities: describing<VulnerabilityReport & { readonly runId: string; readonly simulated: boolean }>({
    runId: text,
    simulated: yes,
    os: text,
    'ecosystem?': text,
    'database?': describing<DatabaseInfo>({
      ecosystem: text,
      fetchedAt: moment,
      newest: moment,
      advisories: whole,
      from: text,
    }),
    notCovered: many(text),
    counts: mapTo(whole, 'Findings by severity.'),
    findings: many(
      describing<Finding>({
        id: text,
        aliases: many(text),
        package: text,
        version: text,
        'fixed?': text,
        severity: oneOf(...SEVERITIES, 'unknown'),
        'summary?': text,
      }),
    ),
  }),
  Provenance: object({
    value: many(
      describing<Omit<SignedOutput, 'of'>>({
        output: text,
        envelope: describing<Envelope>(
          {
            payloadType: text,
            payload: { type: 'string', contentEncoding: 'base64' },
            signatures: many(object({ keyid: text, sig: text })),
          },
          'https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md',
        ),
        'note?': text,
      }),
    ),
  }),
};
