// x509 needs its decorators' metadata before it is loaded.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import tls from 'node:tls';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const DAY_MS = 24 * 60 * 60_000;
/** Clients refuse server certificates of a longer life; the authority itself has no reason for one. */
const CA_DAYS = 397;
/** A new one is made at each start. */
const SERVER_DAYS = 180;
const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

type Keys = webcrypto.CryptoKeyPair;

/** What an https server needs, and the file that its clients must trust. */
export type ServerCertificate = {
  readonly cert: string;
  readonly key: string;
  /** PEM file of the certificate authority alone, for clients that add it to what they trust. */
  readonly caFile: string;
  /** The same together with the public authorities, for clients that trust one file only. */
  readonly bundleFile: string;
};

type Authority = { readonly certificate: X509Certificate; readonly keys: Keys };

/**
 * A certificate for this machine's loopback names, by an authority that is made at the first start and kept in
 * `folder`. Its private key never leaves the folder and is readable by its owner only.
 */
export async function serverCertificate(folder: string): Promise<ServerCertificate> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = (await readAuthority(folder)) ?? (await createAuthority(folder));
  const caFile = path.join(folder, 'ca.pem');
  const bundleFile = path.join(folder, 'ca-bundle.pem');
  const ca = authority.certificate.toString('pem');
  await writeFile(caFile, `${ca}\n`);
  await writeFile(bundleFile, `${[ca, ...tls.rootCertificates].join('\n')}\n`);
  return { ...(await createServer(authority)), caFile, bundleFile };
}

async function createServer({ certificate, keys }: Authority): Promise<{ cert: string; key: string }> {
  const server = await generateKeys();
  const names = [
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
    { type: 'dns', value: 'localhost' },
  ] as const;
  const leaf = await X509CertificateGenerator.create({
    subject: 'CN=Kiln local cloud',
    issuer: certificate.subject,
    ...validity(SERVER_DAYS),
    signingAlgorithm: KEY,
    publicKey: server.publicKey,
    signingKey: keys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([...names]),
    ],
  });
  return { cert: leaf.toString('pem'), key: await toPem(server.privateKey) };
}

async function createAuthority(folder: string): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Kiln local CA',
    ...validity(CA_DAYS),
    signingAlgorithm: KEY,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new Extension(NAME_CONSTRAINTS, true, LOOPBACK_ONLY),
    ],
  });
  const text = `${await toPem(keys.privateKey)}\n${certificate.toString('pem')}\n`;
  await writeFile(authorityFile(folder), text, { mode: 0o600 });
  return { certificate, keys };
}

const NAME_CONSTRAINTS = '2.5.29.30';

/**
 * NameConstraints (RFC 5280, 4.2.1.10) in DER: permitted are the name localhost, the addresses 127.0.0.0/8 and ::1. Whoever
 * trusts this authority in the whole system trusts it for nothing else, and its key is worth nothing elsewhere.
 */
const LOOPBACK_ONLY = Buffer.from(
  [
    '303fa03d',
    `300b8209${Buffer.from('localhost').toString('hex')}`,
    '300a87087f000000ff000000',
    `30228720${'00'.repeat(15)}01${'ff'.repeat(16)}`,
  ].join(''),
  'hex',
);

const authorityFile = (folder: string): string => path.join(folder, 'authority.pem');

/** Undefined when there is none yet, its time is nearly over, or it is one of earlier versions that may sign any name. */
async function readAuthority(folder: string): Promise<Authority | undefined> {
  const text = await readFile(authorityFile(folder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [key, der] = PemConverter.decode(text);
  if (key === undefined || der === undefined) return undefined;
  const certificate = new X509Certificate(der);
  if (certificate.notAfter.getTime() - Date.now() < 30 * DAY_MS) return undefined;
  if (certificate.getExtension(NAME_CONSTRAINTS) === null) return undefined;
  const { subtle } = webcrypto;
  const privateKey = await subtle.importKey('pkcs8', key, KEY, true, ['sign']);
  const publicKey = await subtle.importKey('spki', certificate.publicKey.rawData, KEY, true, ['verify']);
  return { certificate, keys: { privateKey, publicKey } };
}

/** From yesterday, for clocks that are a little behind. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + days * DAY_MS) };
}

function generateKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
