import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What clients of local mode need to know. The file is a secret of its user: whoever reads it may build images. */
export type Endpoints = {
  readonly api: string;
  readonly arm: string;
  /** `arm` over https, for clients that send tokens over nothing else; `caFile` is what they have to trust. */
  readonly https: string;
  readonly caFile: string;
  /** A file to source in a shell: az and the SDKs find the local cloud then. */
  readonly envFile: string;
  readonly tenantId: string;
  /** Connection string of the storage emulator. */
  readonly storage: string;
  /** Connection string of the Service Bus. */
  readonly serviceBus: string;
  /** The Service Bus over TLS, with a certificate of the local authority. */
  readonly amqps: string;
  readonly subscriptionId: string;
  readonly tokenUrl: string;
  /** What `tokenUrl` asks for, with any client id. */
  readonly clientSecret: string;
  /** Audience of tokens for `api`. */
  readonly audience: string;
  readonly machines: { readonly kind: string; readonly description: string };
  readonly pids: Readonly<Record<string, number>>;
};

export const endpointsFile = (data: string): string => path.join(data, 'endpoints.json');

/** Replaces the file in one step: a reader sees the old or the new one, never half. */
export async function writeEndpoints(data: string, endpoints: Endpoints): Promise<string> {
  const file = endpointsFile(data);
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(endpoints, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
  return file;
}

/** Without the file nobody tries to reach what is not there. */
export const removeEndpoints = (data: string): Promise<void> => rm(endpointsFile(data), { force: true });
