// Loaded into every process of local mode by NODE_OPTIONS: sends the Functions host, and it alone, through the proxies that
// a test has started, and tells them where the real ones are. The app is the very package that is deployed.
import process from 'node:process';

async function put(variable: string, proxy: string | undefined, url: string | undefined): Promise<void> {
  if (proxy === undefined || url === undefined) return;
  await fetch(`${proxy}/__upstream`, { method: 'POST', body: new URL(url).origin });
  process.env[variable] = process.env[variable]?.replaceAll(new URL(url).origin, proxy);
}

if (/functions-host[\\/]main\.[jt]s$/.test(process.argv[1] ?? '')) {
  const { KILN_TEST_ARM_PROXY, KILN_TEST_BLOB_PROXY, KILN_ARM_ENDPOINT, KILN_STORAGE_CONNECTION } =
    process.env;
  const blobs = /BlobEndpoint=(?<url>[^;]+)/.exec(KILN_STORAGE_CONNECTION ?? '')?.groups?.['url'];
  await put('KILN_ARM_ENDPOINT', KILN_TEST_ARM_PROXY, KILN_ARM_ENDPOINT);
  await put('KILN_STORAGE_CONNECTION', KILN_TEST_BLOB_PROXY, blobs);
}
