import { type ErrorRow, row } from './row.ts';

/** What is known and proved of an image. */
export const PROOF_ERRORS = {
  KeyNotUsable: row(
    403,
    false,
    'The key that provenance is signed with could not be used.',
    'Grant the identity of Kiln the role Key Vault Crypto User on it, and check KILN_PROVENANCE_KEY: an EC key on P-256.',
  ),
  DatabaseNotFetched: row(
    503,
    true,
    'The advisories that images are compared with could not be fetched.',
    'Check KILN_OSV_URL and the way to it; in a closed network, point it at a mirror or a folder (file:///…).',
  ),
  VulnerabilitiesFound: row(
    409,
    false,
    'The image has vulnerabilities that the gate of the template does not let pass.',
    'Update the packages in a step, or add an `ignore` with an end and a reason.',
  ),
  NotJudged: row(
    409,
    false,
    'The gate of the template asks for something that could not be looked at.',
    'Read the message: it names what is missing. Take the gate out to distribute unjudged images.',
  ),
} as const satisfies Record<string, ErrorRow>;
