import type { Model } from '../schema/index.ts';
import { pathKey, type ResourceViews } from './resource-view.ts';

/** The order in which resources ('type:id') are reconciled if several change at once. */
export class PlanningOrder {
  readonly #resources: ResourceViews;
  /** Type → its properties that refer to others, with the type of those. */
  readonly #relations: ReadonlyMap<string, readonly { readonly name: string; readonly target: string }[]>;

  constructor(model: Model, resources: ResourceViews) {
    this.#resources = resources;
    this.#relations = new Map(
      [...model.types.values()].map((type) => [
        type.id,
        type.properties.flatMap(({ name, relation }) => (relation === null ? [] : [{ name, target: relation }])),
      ]),
    );
  }

  /**
   * All resources. Each comes after those that its config refers to, as far as there is no cycle; else in the order in
   * which their configs were written. So a resource is in the queue before its readers, even if it was written again
   * since (compatibility P7).
   */
  all(): readonly string[] {
    const revisionOf = (path: string): number => this.#resources.get(path).config?.entry.modRevision ?? 0;
    const paths = [...this.#resources.paths()].sort((a, b) => revisionOf(a) - revisionOf(b) || (a < b ? -1 : 1));
    return this.usersFirst(this.#targetsFirst(paths));
  }

  /**
   * The same resources, reordered so that those marked for deletion come after those that refer to them: then none of
   * the deletions has begun when the next one is planned (`docs/decisions/0012-deletion-order.md`).
   */
  usersFirst(paths: readonly string[]): readonly string[] {
    const isMarked = (path: string): boolean => this.#resources.get(path).config?.value.markedForDeletion === true;
    const marked = this.#targetsFirst(paths.filter(isMarked)).toReversed().values();
    return paths.map((path) => (isMarked(path) ? (marked.next().value ?? path) : path));
  }

  #targetsFirst(paths: readonly string[]): readonly string[] {
    const among = new Set(paths);
    const begun = new Set<string>();
    const ordered = new Set<string>();
    const stack: string[] = [];
    for (const path of among) {
      stack.push(path);
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        if (begun.has(top)) {
          ordered.add(top);
          stack.pop();
        } else {
          begun.add(top);
          stack.push(...this.#targets(top).filter((target) => among.has(target) && !begun.has(target)));
        }
      }
    }
    return [...ordered];
  }

  /** The resources that a config refers to by relations. */
  #targets(path: string): readonly string[] {
    const body = this.#resources.get(path).config?.value.body ?? {};
    return (this.#relations.get(path.slice(0, path.indexOf(':'))) ?? []).flatMap(({ name, target }) => {
      const id = Object.hasOwn(body, name) ? body[name] : undefined;
      return typeof id === 'string' ? [pathKey(target, id)] : [];
    });
  }
}
