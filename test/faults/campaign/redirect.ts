// Loaded into every process of local mode by NODE_OPTIONS: sends the Functions host, and it alone, through the proxies that
// a test has started, and tells them where the real ones are. The app is the very package that is deployed.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';

async function put(variable: string, proxy: string | undefined, url: string | undefined): Promise<void> {
  if (proxy === undefined || url === undefined) return;
  await fetch(`${proxy}/__upstream`, { method: 'POST', body: new URL(url).origin });
  process.env[variable] = process.env[variable]?.replaceAll(new URL(url).origin, proxy);
}

/** Ends this process at the commit that the file counts down to: the engine keeps its state in SQLite. */
function watchCommits(file: string): void {
  const exec: unknown = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')?.value;
  if (typeof exec !== 'function') throw new Error('node:sqlite is not as this test knows it.');
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
    const due = /^\s*COMMIT/i.test(sql) && existsSync(file) ? readFileSync(file, 'utf8') : '';
    const [left = '', when] = due.split(' ');
    if (due !== '' && left !== '1') writeFileSync(file, `${Number(left) - 1} ${when}`);
    if (left === '1') rmSync(file);
    if (left === '1' && when === 'before') process.kill(process.pid, 'SIGKILL');
    exec.call(this, sql);
    if (left === '1') process.kill(process.pid, 'SIGKILL');
  };
}

if (/functions-host[\\/]main\.[jt]s$/.test(process.argv[1] ?? '')) {
  const { KILN_TEST_ARM_PROXY, KILN_TEST_BLOB_PROXY, KILN_ARM_ENDPOINT, KILN_STORAGE_CONNECTION } =
    process.env;
  const blobs = /BlobEndpoint=(?<url>[^;]+)/.exec(KILN_STORAGE_CONNECTION ?? '')?.groups?.['url'];
  await put('KILN_ARM_ENDPOINT', KILN_TEST_ARM_PROXY, KILN_ARM_ENDPOINT);
  await put('KILN_STORAGE_CONNECTION', KILN_TEST_BLOB_PROXY, blobs);
  const { KILN_TEST_COMMIT_FILE } = process.env;
  if (KILN_TEST_COMMIT_FILE !== undefined) watchCommits(KILN_TEST_COMMIT_FILE);
}
