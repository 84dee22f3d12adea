import { type Failure, isRetryable, KilnError, type Result, settledFailure } from '../errors/failure.ts';
import { artifactHash } from '../model/artifact-uri.ts';
import { withoutSecrets } from '../model/url-policy.ts';
import { inParallel } from '../parallel.ts';
import type { Customizer, ImageTemplate, ScriptSource, Sha256, Validator } from '../model/template.ts';

/** What pinning needs: the store has these. */
export type ArtifactShelf = {
  put(bytes: Uint8Array): Promise<Sha256>;
  has(sha256: Sha256): Promise<boolean>;
};

type Download = (uri: string) => Promise<{ readonly bytes: Uint8Array; readonly sha256: Sha256 }>;

/** At a time: each may hold the size limit in memory. */
const DOWNLOADS = 4;

/**
 * Fetches every script and file of a template, checks or fills in its checksum and keeps a copy by content, so that
 * every run of this revision uses the same bytes. Throws one KilnError for all failures together. An ISO is too large to keep and is
 * checked when it is used. https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#shell-customizer
 */
export async function pinScripts(
  template: ImageTemplate,
  download: Download,
  artifacts: ArtifactShelf,
): Promise<ImageTemplate> {
  const failures: Failure[] = [];
  const pin = pinner(download, artifacts, failures);
  const { customize, validate, optimize } = template.properties;
  const pinStep = <Step extends Customizer | Validator>(step: Step, target: string) =>
    pinOne(step, target, pin);

  const steps = await inParallel(
    customize,
    (step, index) => pinStep(step, `/properties/customize/${index}`),
    DOWNLOADS,
  );
  const validators = await inParallel(
    validate?.validators ?? [],
    (step, index) => pinStep(step, `/properties/validate/inVMValidations/${index}`),
    DOWNLOADS,
  );
  const workload =
    optimize?.workload &&
    (await pinSource(optimize.workload, '/properties/optimize/workload/scriptUri', pin));
  if (failures.length > 0) throw combined(failures);
  const properties = {
    ...template.properties,
    customize: steps,
    ...(validate && { validate: { ...validate, validators } }),
    ...(optimize && { optimize: { ...optimize, ...(workload && { workload }) } }),
  };
  return { ...template, properties };
}

/** One failure keeps its own code; several are told together, each with its pointer. */
function combined(found: readonly Failure[]): KilnError {
  const inOrder = new Intl.Collator('en', { numeric: true });
  const failures = found.toSorted((a, b) => inOrder.compare(a.target ?? '', b.target ?? ''));
  const [first] = failures;
  if (first !== undefined && failures.length === 1) return new KilnError(first);
  const told = failures.map(({ target, message }) => `${target ?? ''}: ${message}`).join(' ');
  const message = `${failures.length} scripts or files cannot be used. ${told}`;
  // One that passes is worth another attempt at all of them.
  const passing = failures.some(isRetryable);
  const details = failures.map(settledFailure);
  return new KilnError({ code: 'ValidationFailed', message, details, passing });
}

type Pin = (uri: string, expected: Sha256 | undefined, target: string) => Promise<Sha256 | undefined>;

async function pinOne<Step extends Customizer | Validator>(
  step: Step,
  target: string,
  pin: Pin,
): Promise<Step> {
  if (step.type === 'File') {
    const hash = await pin(step.sourceUri, step.sha256, `${target}/sourceUri`);
    return hash === undefined ? step : { ...step, sha256: hash };
  }
  if (step.type !== 'Shell' && step.type !== 'PowerShell') return step;
  return { ...step, script: await pinSource(step.script, `${target}/scriptUri`, pin) };
}

async function pinSource(script: ScriptSource, target: string, pin: Pin): Promise<ScriptSource> {
  if (script.kind === 'inline') return script;
  const hash = await pin(script.uri, script.sha256, target);
  return hash === undefined ? script : { ...script, sha256: hash };
}

function pinner(download: Download, artifacts: ArtifactShelf, failures: Failure[]): Pin {
  const fetched = new Map<string, Promise<Result<Kept>>>();
  // One file may be named by several steps; it is fetched once.
  const fetchOnce = (uri: string) => {
    const known = fetched.get(uri) ?? keep(uri, download, artifacts);
    fetched.set(uri, known);
    return known;
  };
  return async (uri, expected, target) => {
    // The very bytes are here: the URL may be gone by now, or have other ones.
    if (expected !== undefined && (await artifacts.has(expected))) return expected;
    const result = await fetchOnce(uri);
    if (!result.ok) {
      failures.push({ ...result.error, target });
      return undefined;
    }
    const { sha256: actual, isPage } = result.value;
    if (isPage && target.endsWith('/scriptUri')) failures.push({ ...webPage(uri), target });
    if (expected === undefined || expected === actual) return actual;
    failures.push({
      code: 'ChecksumMismatch',
      target: target.replace(/\/(?:script|source)Uri$/, '/sha256Checksum'),
      message: `${withoutSecrets(uri)} has the checksum ${actual}, the template says ${expected}. Correct one of them.`,
    });
    return undefined;
  };
}

type Kept = { readonly sha256: Sha256; readonly isPage: boolean };

async function keep(uri: string, download: Download, artifacts: ArtifactShelf): Promise<Result<Kept>> {
  const uploaded = artifactHash(uri);
  try {
    if (uploaded === undefined) {
      const { bytes } = await download(uri);
      const isPage = /^\uFEFF?\s*<(?:!doctype html|html)\b/i.test(
        new TextDecoder().decode(bytes.subarray(0, 512)),
      );
      return { ok: true, value: { sha256: await artifacts.put(bytes), isPage } };
    }
    if (await artifacts.has(uploaded)) return { ok: true, value: { sha256: uploaded, isPage: false } };
  } catch (error) {
    if (error instanceof KilnError) return { ok: false, error: error.failure };
    throw error;
  }
  const message = `There is no artifact ${uploaded}. Upload the file first.`;
  return { ok: false, error: { code: 'ResourceNotFound', message } };
}

/** Sites that show files answer 200 with a page around them, or with one to sign in. */
function webPage(uri: string): Failure {
  const message = `${withoutSecrets(uri)} answers with a web page, not with a script. Use the address of the file itself, on GitHub that of "Raw".`;
  return { code: 'DownloadFailed', message, passing: false };
}
