import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What Azure's clients have to know of this cloud. */
export type ClientWorld = {
  /** Folder of this local mode. */
  readonly data: string;
  /** https address of the local cloud. */
  readonly httpsUrl: string;
  /** Certificate authority alone, and together with the public ones. */
  readonly caFile: string;
  readonly bundleFile: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly clientSecret: string;
};

/** Any client id may log in with the secret; this one is written down so that the lines work as they stand. */
const CLIENT_ID = '00000000-0000-4000-8000-000000617a75';

/**
 * Writes `env.sh`, which a shell sources so that az, the SDKs' DefaultAzureCredential and other clients find the local
 * cloud instead of Azure. Resolves with its path.
 */
export async function writeClientEnvironment(world: ClientWorld): Promise<string> {
  const { port } = new URL(world.httpsUrl);
  // az keeps what it learns about an address; another port gets another folder, or it would believe the old one.
  const config = path.join(world.data, 'az', port);
  await mkdir(config, { recursive: true, mode: 0o700 });
  const lines = Object.entries(variables(world, config)).map(
    ([name, value]) => `export ${name}=${quoted(value)}`,
  );
  const login = `az login --service-principal -u ${CLIENT_ID} -p "$AZURE_CLIENT_SECRET" --tenant ${world.tenantId}`;
  const file = path.join(world.data, 'env.sh');
  const text = [
    '# Points az and the Azure SDKs of this shell to Kiln local. Then:',
    `#   ${login}`,
    ...lines,
    '',
  ];
  await writeFile(file, text.join('\n'), { mode: 0o600 });
  return file;
}

function variables(world: ClientWorld, config: string): Record<string, string> {
  const { httpsUrl: https, caFile, bundleFile, subscriptionId, clientSecret } = world;
  return {
    // az: https://learn.microsoft.com/azure-stack/user/azure-stack-version-profiles-azurecli2
    ARM_CLOUD_METADATA_URL: `${https}/metadata/endpoints?api-version=2019-05-01`,
    AZURE_CONFIG_DIR: config,
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
    AZURE_EXTENSION_USE_DYNAMIC_INSTALL: 'no',
    // Python and OpenSSL take one file instead of their own, Node one beside its own.
    REQUESTS_CA_BUNDLE: bundleFile,
    SSL_CERT_FILE: bundleFile,
    NODE_EXTRA_CA_CERTS: caFile,
    // DefaultAzureCredential: a client secret at an AD FS authority, which no SDK asks Microsoft about.
    AZURE_AUTHORITY_HOST: https,
    AZURE_TENANT_ID: 'adfs',
    AZURE_CLIENT_ID: CLIENT_ID,
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    KILN_ARM_URL: https,
    no_proxy: '127.0.0.1,localhost',
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
