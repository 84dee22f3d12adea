import type { World } from '../../../shared/planning/world.ts';

/** What makes a template that can be built impossible: of itself, or by what became of the world. */
export type Impossible = {
  readonly name: string;
  readonly body?: (body: any) => void;
  readonly world?: (world: World) => Partial<World>;
  /** `<code> <pointer>`, in order. */
  readonly says: readonly string[];
  /** In the sentences of the first. */
  readonly words: RegExp;
};

export const arm = { architecture: 'Arm64' } as const;
export const sourceOf = (more: object) => (world: World) => ({
  source: { ...world.source, ...more } as World['source'],
});
export const only = (index: number) => (body: any) => {
  body.properties.distribute = [body.properties.distribute[index]];
};
export const tags = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, 'x']));
export const first = '/properties/distribute/0';
export const second = '/properties/distribute/1';
export const size = '/properties/vmProfile/vmSize';
