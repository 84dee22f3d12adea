import { createHash } from 'node:crypto';
import type { InventoryOs, InventoryPackage } from '../../model/inventory.ts';
import { VERSION } from '../../version.ts';
import { type BillOf, SIMULATED } from './about.ts';
import { purlOf } from './purl.ts';

const IMAGE = 'SPDXRef-Image';
/** Nobody has looked: https://spdx.github.io/spdx-spec/v2.3/package-information/ */
const UNKNOWN = 'NOASSERTION';
const NOT_LOOKED_AT = {
  downloadLocation: UNKNOWN,
  filesAnalyzed: false,
  licenseConcluded: UNKNOWN,
  licenseDeclared: UNKNOWN,
  copyrightText: UNKNOWN,
};

/** SPDX 2.3 in JSON. No library writes it that is kept well; the format is a list of packages. */
export function spdx(bill: BillOf): string {
  const { name, version = bill.runId, runId, takenAt, inventory, simulated } = bill;
  const comments = [...(simulated ? [SIMULATED] : []), ...(inventory.cut ?? [])];
  const packages = inventory.packages.map((one) => packageOf(one, inventory.os));
  return JSON.stringify(
    {
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: `${name}-${version}`,
      documentNamespace: `https://spdx.org/spdxdocs/${encodeURIComponent(name)}-${runId}`,
      creationInfo: {
        created: `${takenAt.slice(0, 19)}Z`,
        creators: [`Tool: kiln-${VERSION}`],
        ...(comments.length > 0 && { comment: comments.join(' ') }),
      },
      packages: [imageOf(name, version, inventory.os), ...packages],
      relationships: [
        { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: IMAGE },
        ...packages.map(({ SPDXID }) => ({
          spdxElementId: IMAGE,
          relationshipType: 'CONTAINS',
          relatedSpdxElement: SPDXID,
        })),
      ],
    },
    undefined,
    2,
  );
}

function imageOf(name: string, version: string, os: InventoryOs) {
  return {
    SPDXID: IMAGE,
    name,
    versionInfo: version,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    summary: [os.name, os.architecture, ...(os.kernel === undefined ? [] : [`kernel ${os.kernel}`])].join(
      ', ',
    ),
    ...NOT_LOOKED_AT,
  };
}

function packageOf(one: InventoryPackage, os: InventoryOs) {
  const { type, name, version, architecture = '', source } = one;
  const purl = purlOf(one, os)?.toString();
  const locator = { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl };
  return {
    SPDXID: idOf([type, name, version, architecture]),
    name,
    ...(version !== '' && { versionInfo: version }),
    ...(source && { sourceInfo: `built from the source package ${source.name} ${source.version}` }),
    ...(purl !== undefined && { externalRefs: [locator] }),
    ...NOT_LOOKED_AT,
  };
}

/** Letters, digits, dots and dashes only; a digest tells apart what is the same without the rest. */
function idOf(parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
  return `SPDXRef-${parts[0]}-${(parts[1] ?? '').replaceAll(/[^A-Za-z0-9.]+/g, '-').slice(0, 60)}-${digest}`;
}
