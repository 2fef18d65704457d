import type { CharacterSet } from './character-set.ts';
import type { Assertion } from './pattern-node.ts';
import { type Program, stateKinds } from './program.ts';
import { StateList } from './state-list.ts';

/** The required position of a match: anywhere, at the beginning, or from the beginning to the end. */
export type Anchor = 'none' | 'begin' | 'both';

/** Counts work, and throws if it is too much. */
export type Charge = (steps: number) => void;

/**
 * Runs a program over texts. All paths are followed at once, so the work is at most states × characters, whatever the
 * pattern. It is charged for each character.
 */
export class Machine {
  readonly #program: Program;
  readonly #word: CharacterSet;
  /** The states that wait for a character, at this position and at the next one. */
  #current: StateList;
  #following: StateList;
  /** The states that are still to be entered. Each occurs at most once for each of the two states that lead to it. */
  readonly #pending: Uint32Array;
  #text = '';
  #isAccepted = false;

  constructor(program: Program, word: CharacterSet) {
    const states = program.kinds.length;
    this.#program = program;
    this.#word = word;
    this.#current = new StateList(states);
    this.#following = new StateList(states);
    this.#pending = new Uint32Array(2 * states + 1);
  }

  matches(text: string, anchor: Anchor, charge: Charge): boolean {
    this.#text = text;
    this.#current.clear();
    this.#isAccepted = false;
    const isSearch = anchor === 'none' && !this.#program.startsAtBegin;
    let steps = this.#enter(this.#current, 0, 0);
    for (let at = 0; ; ) {
      charge(steps);
      const codePoint = text.codePointAt(at);
      if (codePoint === undefined) return this.#isAccepted;
      if (this.#isAccepted && anchor !== 'both') return true;
      if (this.#current.size === 0 && !isSearch) return false;
      at += codePoint > 0xffff ? 2 : 1;
      steps = this.#step(codePoint, at);
      if (isSearch) steps += this.#enter(this.#current, 0, at);
    }
  }

  /** Steps from the states that wait for a character to their successors. Returns the number of steps. */
  #step(codePoint: number, at: number): number {
    const { kinds, next, operands, sets } = this.#program;
    const { list, size } = this.#current;
    const following = this.#following;
    following.clear();
    this.#isAccepted = false;
    let steps = size;
    for (let i = 0; i < size; i++) {
      const state = list[i] ?? 0;
      const operand = operands[state] ?? 0;
      let isMet = operand === codePoint;
      if (kinds[state] === stateKinds.set) {
        const set = sets[operand];
        steps += set?.cost ?? 0;
        isMet = set?.has(codePoint) === true;
      }
      if (isMet) steps += this.#enter(following, next[state] ?? 0, at);
    }
    this.#following = this.#current;
    this.#current = following;
    return steps;
  }

  /** Enters a state, and all states that are reached from it without a character. Returns the number of steps. */
  #enter(states: StateList, first: number, at: number): number {
    const { kinds, next, operands, assertions } = this.#program;
    const pending = this.#pending;
    let waiting = 1;
    let steps = 0;
    pending[0] = first;
    while (waiting > 0) {
      const state = pending[--waiting] ?? 0;
      steps++;
      if (!states.mark(state)) continue;
      switch (kinds[state]) {
        case stateKinds.fork:
          pending[waiting++] = next[state] ?? 0;
          pending[waiting++] = operands[state] ?? 0;
          break;
        case stateKinds.assertion:
          if (this.#holds(assertions[operands[state] ?? 0], at)) pending[waiting++] = next[state] ?? 0;
          break;
        case stateKinds.accept:
          this.#isAccepted = true;
          break;
        default:
          states.add(state);
      }
    }
    return steps;
  }

  #holds(assertion: Assertion | undefined, at: number): boolean {
    const text = this.#text;
    switch (assertion) {
      case 'textBegin':
        return at === 0;
      case 'textEnd':
        return at === text.length;
      case 'lastLineEnd':
        return at === text.length || (at === text.length - 1 && text[at] === '\n');
      case 'lineBegin':
        return at === 0 || text[at - 1] === '\n';
      case 'lineEnd':
        return at === text.length || text[at] === '\n';
      case 'wordBoundary':
        return this.#isWordBefore(at) !== this.#isWordAt(at);
      case 'noWordBoundary':
        return this.#isWordBefore(at) === this.#isWordAt(at);
      case undefined:
        return false;
    }
  }

  #isWordAt(at: number): boolean {
    const codePoint = this.#text.codePointAt(at);
    return codePoint !== undefined && this.#word.has(codePoint);
  }

  #isWordBefore(at: number): boolean {
    const isPair = at > 1 && (this.#text.codePointAt(at - 2) ?? 0) > 0xffff;
    return at > 0 && this.#isWordAt(isPair ? at - 2 : at - 1);
  }
}
