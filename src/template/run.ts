import { limits } from '../kernel/index.ts';
import { beyond, invalid, type TemplateLimit } from './faults.ts';
import type { Dict, DictEntry, Sequence, Undefined, Value } from './value.ts';

/** The number of characters that count as one step: when they are copied, and when each is read. */
const CHARACTERS_A_STEP = 64;
const SCANNED_A_STEP = 8;

/**
 * The state of one rendering: its line in the template, and its used resources. All operations that make a text or a
 * container are counted here first, so that nothing beyond the limits is built.
 */
export class Run {
  readonly template: string;
  /** The current line of the template, for errors. */
  line = 1;
  #steps = 0;

  constructor(template: string) {
    this.template = template;
  }

  /** The number of steps so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Counts work against `templateSteps`. */
  charge(steps: number): void {
    this.#steps += steps;
    // The comparison also refuses NaN.
    if (!(this.#steps <= limits.templateSteps)) throw this.beyond('templateSteps');
  }

  /** Counts a text of this length before it is built. */
  reserve(length: number): void {
    if (!(length <= limits.renderedBytes)) throw this.beyond('renderedBytes');
    this.charge(1 + Math.floor(length / CHARACTERS_A_STEP));
  }

  /** Counts work that reads each character of a text of this length. */
  scan(length: number): void {
    this.charge(1 + Math.floor(length / SCANNED_A_STEP));
  }

  /** Counts a text that exists already. */
  text(text: string): string {
    this.reserve(text.length);
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

  /** Returns the error of using an undefined value. */
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
