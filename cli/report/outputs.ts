import { templatePath } from '../api/template-id.ts';
import type { Run, RunOutput, TemplateId } from '../api/types.ts';

export type ImageResult = {
  readonly name: string;
  readonly type: string;
  readonly state: string;
  /** Id of the image or of the gallery image version. */
  readonly id?: string;
  /** Address of a VHD, without any signature. */
  readonly uri?: string;
  /** Number of the gallery image version. */
  readonly version?: string;
  readonly regions: readonly { readonly region: string; readonly state: string }[];
};

/** What a pipeline gets to know about a run: the content of `--outputs FILE`. */
export type RunResult = {
  readonly state: Run['state'];
  readonly runId: string;
  readonly template: string;
  readonly seconds?: number;
  /** True when no real machine stood behind the run: such an image does not boot. */
  readonly simulated: boolean;
  readonly images: readonly ImageResult[];
};

export function resultOf(template: TemplateId, run: Run): RunResult {
  const seconds = (Date.parse(run.endTime ?? '') - Date.parse(run.startTime)) / 1000;
  return {
    state: run.state,
    runId: run.id,
    template: templatePath(template),
    ...(Number.isFinite(seconds) ? { seconds: Math.round(seconds) } : {}),
    simulated: run.agent === 'simulated',
    images: run.outputs.map(imageOf),
  };
}

function imageOf({ name, type, state, artifactId, artifactUri, regions }: RunOutput): ImageResult {
  const version = artifactId === undefined ? undefined : /\/versions\/([^/]+)$/i.exec(artifactId)?.[1];
  return {
    name,
    type,
    state,
    ...(artifactId === undefined ? {} : { id: artifactId }),
    ...(artifactUri === undefined ? {} : { uri: artifactUri.replace(/\?.*$/s, '') }),
    ...(version === undefined ? {} : { version }),
    regions: regions.map((region) => ({ region: region.region, state: region.state })),
  };
}

/**
 * The same as flat values for later steps. `image-id` and `image-version` are those of the first image that is in a
 * gallery, else of the first image; they are empty when nothing was distributed.
 */
export function outputValues(result: RunResult): Record<string, string> {
  const made = result.images.filter(
    (image) => image.state === 'Succeeded' || image.state === 'PartiallySucceeded',
  );
  const main =
    made.find((image) => image.version !== undefined) ?? made.find((image) => image.id !== undefined);
  return {
    state: result.state,
    'run-id': result.runId,
    'template-id': result.template,
    'image-id': main?.id ?? '',
    'image-version': main?.version ?? '',
    'vhd-uri': made.find((image) => image.uri !== undefined)?.uri ?? '',
    images: JSON.stringify(result.images),
  };
}
