import type { ResolvedSource } from '../model/plan.ts';
import type { ImageTemplate } from '../model/template.ts';
import type { Definition } from '../ports/azure.ts';

/** What decides whether the targets of a template can hold what is built from its source. */
export type Fit = {
  /** Of the build. */
  readonly subscriptionId: string;
  readonly template: Pick<ImageTemplate, 'location'> & {
    readonly properties: Pick<ImageTemplate['properties'], 'distribute' | 'additionalDataDisks'>;
  };
  readonly source: ResolvedSource;
  /** One per SharedImage distributor, by its galleryImageId in lower case. */
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly now: Date;
};
