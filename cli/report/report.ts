import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { CliError } from '../errors.ts';
import type { Followed, FollowTarget } from '../follow/follow-run.ts';
import type { FailedStep } from '../follow/outcome.ts';
import type { Output } from '../output/output.ts';
import { harmless } from '../output/style.ts';
import { defuse } from '../ci/defuse.ts';
import { detectCi } from '../ci/detect.ts';
import { problemFindings, runFindings } from './findings.ts';
import { outputValues, resultOf } from './outputs.ts';
import type { CiProvider, Finding } from '../ci/provider.ts';
import { problemSummary, runSummary } from './summary.ts';
import { TemplatePlaces } from './template-places.ts';

export type ReportOptions = {
  /** File that the summary is added to, besides what the pipeline itself offers. */
  readonly summary?: string;
  /** File that gets the result as JSON. */
  readonly outputs?: string;
};

/** Tells a pipeline, and files that were asked for, how a build went. Outside a pipeline only the files are written. */
export class CiReport {
  readonly #ci: CiProvider | undefined = detectCi();
  readonly #out: Output;
  readonly #file: string;
  readonly #options: ReportOptions;

  /** `file`: the template, whose lines annotations point at. */
  constructor(out: Output, file: string, options: ReportOptions) {
    this.#out = out;
    this.#file = file;
    this.#options = options;
  }

  /** `changes`: what is new in the image, as a note; it is only asked for where there is a page for it. */
  async run(
    target: FollowTarget,
    followed: Followed,
    { failed, changes }: { failed: FailedStep | undefined; changes?: () => Promise<string | undefined> },
  ): Promise<void> {
    const result = resultOf(target.template, followed.run);
    await this.#annotate((places) => runFindings(followed.run, failed, places));
    const note = this.#hasPage ? await changes?.() : undefined;
    await this.#summarize(runSummary(target, followed, { failed, changes: note }));
    if (this.#options.outputs !== undefined)
      await written(writeFile(this.#options.outputs, `${JSON.stringify(result, undefined, 2)}\n`));
    await this.#setOutputs(outputValues(result));
  }

  /** A run that nobody waits for: only its name is known. */
  async started(target: FollowTarget, template: string): Promise<void> {
    await this.#setOutputs({ state: 'Running', 'run-id': target.id, 'template-id': template });
  }

  /** Tells why there is no result. Never throws: the problem itself is what the user must hear of. */
  async problem(reason: unknown): Promise<void> {
    if (!(reason instanceof CliError)) return;
    await this.#annotate((places) => problemFindings(reason, places));
    await this.#summarize(problemSummary(this.#file, reason)).catch(() => undefined);
  }

  async #annotate(find: (places: TemplatePlaces) => Finding[]): Promise<void> {
    const ci = this.#ci;
    if (ci === undefined) return;
    const source = await readFile(this.#file, 'utf8').catch(() => '');
    const places = new TemplatePlaces(this.#file, source, ci.checkout);
    const safe = (finding: Finding): Finding => ({
      ...finding,
      title: defuse(harmless(finding.title)),
      message: defuse(harmless(finding.message)),
    });
    this.#out.command(...find(places).map((finding) => ci.annotation(safe(finding))));
  }

  /** A pipeline, or a file that was asked for. */
  get #hasPage(): boolean {
    return this.#ci !== undefined || this.#options.summary !== undefined;
  }

  async #summarize(markdown: string): Promise<void> {
    if (this.#options.summary !== undefined)
      await written(appendFile(this.#options.summary, `${markdown}\n`));
    if (this.#ci !== undefined) this.#out.command(...(await written(this.#ci.addSummary(markdown))));
  }

  async #setOutputs(values: Readonly<Record<string, string>>): Promise<void> {
    if (this.#ci !== undefined) this.#out.command(...(await written(this.#ci.setOutputs(values))));
  }
}

/** A report that cannot be written must not hide how the build went: the message names the file, the code is 2. */
async function written<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError({ exitCode: 2, message: `The report cannot be written: ${reason}` }, { cause: error });
  });
}
