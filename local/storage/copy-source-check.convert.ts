// Loaded into Azurite's process before Azurite itself.
// Before a copy from a URL with a SAS, Azurite checks the SAS with a GET of the whole source blob, which fails for disks
// of gigabytes. Here the same check is made with HEAD. Azurite 3.35.0, BlobHandler.validateCopySource; local/storage's
// test copies a large blob, so that a new version that needs this no more, or differently, is noticed.
import { createRequire } from 'node:module';

type Answer = Promise<{ readonly status: number }>;
type Axios = {
  get(this: void, url: string, options?: object): Answer;
  head(this: void, url: string, options?: object): Answer;
};

const fromHere = createRequire(import.meta.url);
const fromAzurite = createRequire(fromHere.resolve('azurite/package.json'));
const { default: axios } = fromAzurite('axios') as { default: Axios };
const { get, head } = axios;

axios.get = (url, options) => {
  const target = new URL(url);
  const checksCopySource = target.searchParams.get('comp') === 'metadata' && target.searchParams.has('sig');
  if (!checksCopySource) return get(url, options);
  target.searchParams.delete('comp');
  return head(target.href, options);
};
