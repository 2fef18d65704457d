import type { CharacterSet } from './character-set.ts';
import type { Assertion, PatternNode } from './pattern-node.ts';

/**
 * The requirement of a state before it continues. A fork requires nothing and continues with two states. The last state
 * accepts.
 */
export const stateKinds = { accept: 0, literal: 1, set: 2, assertion: 3, fork: 4 } as const;

/**
 * A pattern as states, in columns, which are read once for each character and each path. It begins at the first state.
 */
export interface Program {
  readonly kinds: Uint8Array;
  /** The next state. */
  readonly next: Uint32Array;
  /** The code point of a literal, the index of a set or an assertion, or the other next state of a fork. */
  readonly operands: Uint32Array;
  readonly sets: readonly CharacterSet[];
  readonly assertions: readonly Assertion[];
  /** Whether all paths require the beginning of the text first: then later positions need no attempt. */
  readonly startsAtBegin: boolean;
}

/**
 * Returns the states of a pattern (Thompson's construction). The size of the node limits their number, and the parser
 * limits the size.
 */
export function programOf(node: PatternNode): Program {
  const builder = new ProgramBuilder();
  builder.add(node);
  return builder.finish(startsAtBegin(node));
}

function startsAtBegin(node: PatternNode): boolean {
  switch (node.kind) {
    case 'assertion':
      return node.assertion === 'textBegin';
    case 'sequence':
      return node.parts[0] !== undefined && startsAtBegin(node.parts[0]);
    case 'choice':
      return node.parts.every(startsAtBegin);
    case 'repeat':
      return node.least > 0 && startsAtBegin(node.part);
    default:
      return false;
  }
}

class ProgramBuilder {
  readonly #kinds: number[] = [];
  readonly #next: number[] = [];
  readonly #operands: number[] = [];
  readonly #sets: CharacterSet[] = [];
  readonly #assertions: Assertion[] = [];

  /** Appends the states of a node. They end by falling through to the next appended state. */
  add(node: PatternNode): void {
    switch (node.kind) {
      case 'literal':
        this.#state(stateKinds.literal, node.codePoint);
        return;
      case 'set':
        this.#state(stateKinds.set, this.#sets.push(node.set) - 1);
        return;
      case 'assertion':
        this.#state(stateKinds.assertion, this.#assertions.push(node.assertion) - 1);
        return;
      case 'sequence':
        for (const part of node.parts) this.add(part);
        return;
      case 'choice':
        this.#choice(node.parts);
        return;
      case 'repeat':
        this.#repeat(node.part, node.least, node.most);
        return;
    }
  }

  finish(isAnchored: boolean): Program {
    this.#state(stateKinds.accept, 0);
    return {
      kinds: Uint8Array.from(this.#kinds),
      next: Uint32Array.from(this.#next),
      operands: Uint32Array.from(this.#operands),
      sets: this.#sets,
      assertions: this.#assertions,
      startsAtBegin: isAnchored,
    };
  }

  get #here(): number {
    return this.#kinds.length;
  }

  /** Appends a state that continues with the one after it. */
  #state(kind: number, operand: number): number {
    const index = this.#kinds.push(kind) - 1;
    this.#next.push(index + 1);
    this.#operands.push(operand);
    return index;
  }

  /** Appends a fork to the state after it and to another one, which may be set later. */
  #fork(other = 0): number {
    return this.#state(stateKinds.fork, other);
  }

  #choice(parts: readonly PatternNode[]): void {
    const jumps: number[] = [];
    for (const part of parts.slice(0, -1)) {
      const fork = this.#fork();
      this.add(part);
      jumps.push(this.#fork());
      this.#operands[fork] = this.#here;
    }
    for (const part of parts.slice(-1)) this.add(part);
    for (const jump of jumps) {
      this.#next[jump] = this.#here;
      this.#operands[jump] = this.#here;
    }
  }

  #repeat(part: PatternNode, least: number, most: number): void {
    const isEndless = !Number.isFinite(most);
    const always = isEndless ? least - 1 : least;
    for (let i = 0; i < always; i++) this.add(part);
    if (!isEndless) this.#optional(part, most - least);
    else if (least > 0) this.#onceOrMore(part);
    else {
      const skip = this.#fork();
      this.#onceOrMore(part);
      this.#operands[skip] = this.#here;
    }
  }

  #onceOrMore(part: PatternNode): void {
    const start = this.#here;
    this.add(part);
    this.#fork(start);
  }

  /** Appends an optional part several times. Each fork leads to the end of them all. */
  #optional(part: PatternNode, times: number): void {
    const exits: number[] = [];
    for (let i = 0; i < times; i++) {
      exits.push(this.#fork());
      this.add(part);
    }
    for (const exit of exits) this.#operands[exit] = this.#here;
  }
}
