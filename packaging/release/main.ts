// `npm run release`: dist/release/ says what is in dist/app and where it comes from; after `npm run build`. With a private key
// in PEM (ES256) named by KILN_RELEASE_KEY the statement is signed, so that `kiln verify` and cosign can check it.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sealed } from '../../shared/provenance/dsse.ts';
import { fileSigner } from '../../shared/provenance/key-file.ts';
import { packagesIn } from '../notices.ts';
import { releaseProvenance } from './provenance.ts';
import { releaseSbom } from './sbom.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const APP = path.join(ROOT, 'dist/app');
const OUT = path.join(ROOT, 'dist/release');

if (!existsSync(path.join(APP, 'functions.js')))
  throw new Error('dist/app is not there. Run `npm run build` first.');
const packages = packagesIn(APP);
const statement = Buffer.from(JSON.stringify(releaseProvenance(ROOT, APP, packages)));
const key = process.env['KILN_RELEASE_KEY'];
if (key !== undefined && !existsSync(key))
  throw new Error(`KILN_RELEASE_KEY names ${key}, which is not there.`);
const envelope = await sealed(
  'application/vnd.in-toto+json',
  statement,
  key === undefined ? undefined : fileSigner(key),
);
mkdirSync(OUT, { recursive: true });
writeFileSync(path.join(OUT, 'kiln.cdx.json'), releaseSbom(ROOT, packages));
writeFileSync(path.join(OUT, 'kiln.intoto.json'), `${JSON.stringify(envelope, null, 2)}\n`);
const signed = key === undefined ? 'not signed: KILN_RELEASE_KEY names no key' : 'signed';
process.stdout.write(
  `dist/release/kiln.cdx.json: ${packages.length} packages\ndist/release/kiln.intoto.json: ${signed}\n`,
);
