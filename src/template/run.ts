import { limits } from '../kernel/index.ts';
import { beyond, invalid, type TemplateLimit } from './faults.ts';
import type { Dict, DictEntry, Sequence, Undefined, Value } from './value.ts';

/** Characters of text that are counted as one step where they are copied, and where each is looked at. */
const CHARACTERS_A_STEP = 64;
const SCANNED_A_STEP = 8;

/**
 * One rendering: where it is in the template, and what it has used up. Everything that makes a text or a container
 * asks here first, so that nothing is built that the limits don't allow.
 */
export class Run {
  readonly template: string;
  /** The line of the template that is at work, for errors. */
  line = 1;
  #steps = 0;

  constructor(template: string) {
    this.template = template;
  }

  /** What was counted until now. */
  get steps(): number {
    return this.#steps;
  }

  /** Counts work against `templateSteps`. */
  charge(steps: number): void {
    this.#steps += steps;
    // Also what is no number at all is no number within the limit.
    if (!(this.#steps <= limits.templateSteps)) throw this.beyond('templateSteps');
  }

  /** Makes room for a text of this length, before it is built. */
  room(length: number): void {
    if (!(length <= limits.renderedBytes)) throw this.beyond('renderedBytes');
    this.charge(1 + Math.floor(length / CHARACTERS_A_STEP));
  }

  /** Counts work that looks at each character of a text of this length. */
  scan(length: number): void {
    this.charge(1 + Math.floor(length / SCANNED_A_STEP));
  }

  /** Counts a text that exists already. */
  text(text: string): string {
    this.room(text.length);
    return text;
  }

  list(items: readonly Value[]): Sequence {
    return this.#sequence('list', items);
  }

  tuple(items: readonly Value[]): Sequence {
    return this.#sequence('tuple', items);
  }

  dict(entries: ReadonlyMap<string, DictEntry>): Dict {
    let depth = 0;
    for (const { key, value } of entries.values()) depth = Math.max(depth, depthOf(key), depthOf(value));
    return { kind: 'dict', entries, depth: this.#container(depth, entries.size) };
  }

  fail(reason: string): Error {
    return invalid(this.template, this.line, reason);
  }

  /** What asking something of an undefined value throws. */
  failUndefined(value: Undefined): Error {
    return this.fail(value.reason);
  }

  beyond(limit: TemplateLimit): Error {
    return beyond(this.template, limit);
  }

  #sequence(kind: 'list' | 'tuple', items: readonly Value[]): Sequence {
    let depth = 0;
    for (const item of items) depth = Math.max(depth, depthOf(item));
    return { kind, items, depth: this.#container(depth, items.length) };
  }

  #container(depth: number, size: number): number {
    if (depth >= limits.templateDepth) throw this.beyond('templateDepth');
    this.charge(1 + size);
    return depth + 1;
  }
}

function depthOf(value: Value): number {
  return typeof value === 'object' && value !== null && 'depth' in value ? value.depth : 0;
}
