import path from 'node:path';
import { isObject, list, object, text } from '../api/json.ts';
import { parseJsonc } from '../template/jsonc.ts';
import { lineOfPointer } from './locate.ts';
import type { Finding } from '../ci/provider.ts';

/** Finds the lines of a template file that errors speak of. */
export class TemplatePlaces {
  readonly #file: string;
  readonly #source: string;
  readonly #properties: ReturnType<typeof object>;

  /** `checkout`: the folder that a pipeline names files relative to; a file outside has no place. */
  constructor(file: string, source: string, checkout: string | undefined) {
    const relative = path.relative(checkout ?? process.cwd(), path.resolve(file));
    this.#file = relative.startsWith('..') ? '' : relative.replaceAll('\\', '/');
    this.#source = source;
    this.#properties = object(object(parsed(source, file))['properties']);
  }

  /** `target` is what errors carry: a JSON pointer, the name of a step, or the id of something else. */
  of(target: string | undefined): Finding['place'] {
    if (target === undefined || this.#file === '') return undefined;
    const pointer = target.startsWith('/') ? target : this.#pointerOf(target);
    // An ARM id also begins with a slash, but no template has such a key at its top.
    const isOurs = pointer !== undefined && /^\/(properties|location|tags|identity|name)(\/|$)/.test(pointer);
    const line = isOurs ? lineOfPointer(this.#source, pointer) : undefined;
    return line === undefined ? undefined : { file: this.#file, line };
  }

  /** Steps without a name are called by their type and place, results by their runOutputName. */
  #pointerOf(name: string): string | undefined {
    const parts: readonly (readonly [string, unknown])[] = [
      ['customize', this.#properties['customize']],
      ['validate/inVMValidations', object(this.#properties['validate'])['inVMValidations']],
      ['distribute', this.#properties['distribute']],
    ];
    for (const [part, steps] of parts) {
      const index = list(steps).findIndex((step, at) => isObject(step) && namesOf(step, at).includes(name));
      if (index !== -1) return `/properties/${part}/${index}`;
    }
    return undefined;
  }
}

function namesOf(step: Readonly<Record<string, unknown>>, index: number): (string | undefined)[] {
  const own = text(step['name']) ?? text(step['runOutputName']);
  return [own, `${text(step['type'])}-${index + 1}`];
}

function parsed(source: string, file: string): unknown {
  try {
    return parseJsonc(source, file).value;
  } catch {
    return undefined;
  }
}
