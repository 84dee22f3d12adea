/** Something that a reader of the pipeline should see without opening a log. */
export type Finding = {
  readonly level: 'error' | 'warning';
  readonly title: string;
  /** May have several lines. */
  readonly message: string;
  /** Where in the template the cause is. `file` is relative to the checkout, with forward slashes. */
  readonly place?: { readonly file: string; readonly line: number };
};

/** What a pipeline offers to the tools in it. Commands are lines that must reach its log unchanged. */
export interface CiProvider {
  readonly name: 'GitHub Actions' | 'Azure Pipelines';
  /** The folder of the checkout; annotations name files relative to it. */
  readonly checkout: string | undefined;
  annotation(finding: Finding): string;
  /** Hands values to later steps; returns the lines to print, none where a file takes them. */
  setOutputs(values: Readonly<Record<string, string>>): Promise<readonly string[]>;
  /** Adds Markdown to the page of the run; returns the lines to print. */
  addSummary(markdown: string): Promise<readonly string[]>;
}
