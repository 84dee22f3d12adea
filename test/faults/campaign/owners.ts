import type { Seen } from './proxy.ts';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Whose request it is that comes to a door while several templates are built at once. Most bear the name of the template, or the id
 * of its run or of an operation that it started. What bears nothing, such as a look at the catalogue, comes before the run has its group:
 * only one build begins at a time, and it is taken for that one's.
 */
export class Owners {
  private readonly names = new Set<string>();
  private readonly ids = new Map<string, string>();
  private beginning: { readonly name: string; readonly release: () => void } | undefined;
  private turn: Promise<void> = Promise.resolve();

  add(name: string): void {
    this.names.add(name);
  }

  /** Resolves when no other build begins; it may be given back more than once. */
  async begin(name: string): Promise<() => void> {
    const before = this.turn;
    let free = (): void => undefined;
    this.turn = new Promise((resolve) => (free = resolve));
    await before;
    const release = (): void => {
      if (this.beginning?.release === release) this.beginning = undefined;
      free();
    };
    this.beginning = { name, release };
    return release;
  }

  of({ path }: Pick<Seen, 'path'>): string | undefined {
    const parts = path.split('/');
    const group = parts.map((part) => /^IT_images_(?<name>.+)_[0-9a-f]{12}$/i.exec(part)?.groups?.['name']);
    const inGroup = group.find((name) => name !== undefined);
    if (inGroup !== undefined && inGroup === this.beginning?.name) this.beginning.release();
    const named =
      inGroup ?? parts.map((part) => part.replace(/\.json$/, '')).find((part) => this.names.has(part));
    if (named === undefined)
      return (
        this.idsOf(path)
          .map((id) => this.ids.get(id))
          .find(Boolean) ?? this.beginning?.name
      );
    this.learn(named, path);
    return named;
  }

  /** Ids in a path, or in the address that an answer names, are of this template from now on. */
  learn(name: string, path: string): void {
    for (const id of this.idsOf(path)) this.ids.set(id, name);
  }

  /** That of a subscription is of everybody. */
  private idsOf(path: string): string[] {
    const parts = path
      .replace(/\?.*$/, '')
      .split('/')
      .map((part) => part.replace(/\.json$/, ''));
    return parts.filter(
      (part, index) => GUID.test(part) && !/^0{8}-/.test(part) && parts[index - 1] !== 'subscriptions',
    );
  }
}
