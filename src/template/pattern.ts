import { limits } from '../kernel/limits.ts';
import type { Run } from './run.ts';

type Matcher = (character: string) => boolean;

type Node =
  | { readonly kind: 'character'; readonly matches: Matcher; readonly cost: number }
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

/** A state of the machine; a state goes on to `next`, a fork to both, and the last one accepts. */
type State =
  | { kind: 'character'; matches: Matcher; cost: number; next: number }
  | { kind: 'begin' | 'end'; next: number }
  | { kind: 'fork'; next: number; other: number }
  | { kind: 'accept' };

/**
 * True where the regular expression matches at the begin of the text, as Python's re.match does. All ways through
 * are followed at once (Thompson's construction), so the work is at most states × characters, whatever the pattern;
 * it is counted as steps. Known: literals, `.`, `[…]`, \d \w \s and their opposites, groups, `|`, `*`, `+`, `?`,
 * `{m,n}`, `^`, `$`. Look-around and back references are refused.
 */
export function matchesPattern(run: Run, pattern: string, text: string): boolean {
  const states = compile(run, new PatternParser(run, pattern).parse());
  let at = 0;
  let current = reach(run, states, [0], at, text.length);
  for (const character of text) {
    if (current.size === 0) return false;
    at += character.length;
    const next: number[] = [];
    for (const index of current) {
      const state = states[index];
      if (state?.kind === 'accept') return true;
      if (state?.kind === 'character' && state.matches(character)) next.push(state.next);
    }
    current = reach(run, states, next, at, text.length);
  }
  return [...current].some((index) => states[index]?.kind === 'accept');
}

/** The states that are reached from these without a character. What they will be asked is counted already. */
function reach(run: Run, states: readonly State[], from: readonly number[], at: number, length: number): Set<number> {
  const seen = new Set<number>();
  const waiting = [...from];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (seen.has(index)) continue;
    seen.add(index);
    const state = states[index];
    run.charge(state?.kind === 'character' ? state.cost : 1);
    if (state?.kind === 'fork') waiting.push(state.next, state.other);
    else if ((state?.kind === 'begin' && at === 0) || (state?.kind === 'end' && at === length)) {
      waiting.push(state.next);
    }
  }
  return seen;
}

function compile(run: Run, node: Node): readonly State[] {
  const states: State[] = [];
  const add = (state: State): number => {
    if (states.length >= limits.templatePatternStates) throw run.beyond('templatePatternStates');
    run.charge(1);
    return states.push(state) - 1;
  };
  emit(node, states, add);
  add({ kind: 'accept' });
  return states;
}

/** Appends the states of a node; it is left by falling through to the state that is appended next. */
function emit(node: Node, states: readonly State[], add: (state: State) => number): void {
  const here = () => states.length;
  switch (node.kind) {
    case 'character':
      add({ kind: 'character', matches: node.matches, cost: node.cost, next: here() + 1 });
      return;
    case 'begin':
    case 'end':
      add({ kind: node.kind, next: here() + 1 });
      return;
    case 'sequence':
      for (const part of node.parts) emit(part, states, add);
      return;
    case 'choice':
      emitChoice(node.parts, states, add);
      return;
    case 'repeat':
      emitRepeat(node, states, add);
      return;
  }
}

function emitChoice(parts: readonly Node[], states: readonly State[], add: (state: State) => number): void {
  const jumps: { next: number; other: number }[] = [];
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1) {
      emit(part, states, add);
      break;
    }
    const fork = { kind: 'fork' as const, next: states.length + 1, other: 0 };
    add(fork);
    emit(part, states, add);
    const jump = { kind: 'fork' as const, next: 0, other: 0 };
    jumps.push(jump);
    add(jump);
    fork.other = states.length;
  }
  for (const jump of jumps) {
    jump.next = states.length;
    jump.other = states.length;
  }
}

function emitRepeat(
  { part, least, most }: { readonly part: Node; readonly least: number; readonly most: number },
  states: readonly State[],
  add: (state: State) => number,
): void {
  for (let i = 0; i < least; i++) emit(part, states, add);
  const exits: { other: number }[] = [];
  const optional = (): number => {
    const fork = { kind: 'fork' as const, next: states.length + 1, other: 0 };
    exits.push(fork);
    return add(fork);
  };
  if (most === Number.POSITIVE_INFINITY) {
    const loop = optional();
    emit(part, states, add);
    add({ kind: 'fork', next: loop, other: loop });
  } else for (let i = least; i < most; i++, optional(), emit(part, states, add));
  for (const exit of exits) exit.other = states.length;
}

const CLASSES: ReadonlyMap<string, Matcher> = new Map([
  ['d', (character) => /^\p{Nd}$/u.test(character)],
  ['w', (character) => /^[\p{L}\p{N}_]$/u.test(character)],
  ['s', (character) => /^\s$/u.test(character)],
  ['D', (character) => !/^\p{Nd}$/u.test(character)],
  ['W', (character) => !/^[\p{L}\p{N}_]$/u.test(character)],
  ['S', (character) => !/^\s$/u.test(character)],
]);

const CONTROL: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class PatternParser {
  readonly #run: Run;
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(run: Run, pattern: string) {
    this.#run = run;
    if (pattern.length > limits.templatePatternStates) throw run.beyond('templatePatternStates');
    run.charge(pattern.length);
    this.#characters = Array.from(pattern);
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#characters.length) throw this.#fail('unbalanced ")"');
    return node;
  }

  get #current(): string | undefined {
    return this.#characters[this.#at];
  }

  #skip(character: string): boolean {
    const found = this.#current === character;
    if (found) this.#at++;
    return found;
  }

  #choice(): Node {
    if (++this.#depth > limits.templateDepth) throw this.#run.beyond('templateDepth');
    const parts = [this.#sequence()];
    while (this.#skip('|')) parts.push(this.#sequence());
    this.#depth--;
    return { kind: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#current !== undefined && this.#current !== '|' && this.#current !== ')') {
      parts.push(this.#repeat(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #atom(): Node {
    const character = this.#characters[this.#at++] ?? '';
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#set();
      case '.':
        return { kind: 'character', matches: (other) => other !== '\n', cost: 1 };
      case '^':
        return { kind: 'begin' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'character', matches: this.#escape(), cost: 1 };
      case '*':
      case '+':
      case '?':
        throw this.#fail('nothing to repeat');
      default:
        return { kind: 'character', matches: (other) => other === character, cost: 1 };
    }
  }

  #group(): Node {
    if (this.#skip('?') && !this.#skip(':')) throw this.#fail('only plain groups are supported');
    const node = this.#choice();
    if (!this.#skip(')')) throw this.#fail('a group is not closed');
    return node;
  }

  #repeat(part: Node): Node {
    const { least, most } = this.#quantifier();
    if (least === 1 && most === 1) return part;
    // Lazy or greedy: whether there is a match is the same.
    this.#skip('?');
    if (['*', '+', '?'].includes(this.#current ?? '')) throw this.#fail('multiple repeat');
    return { kind: 'repeat', part, least, most };
  }

  #quantifier(): { readonly least: number; readonly most: number } {
    if (this.#skip('*')) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#skip('+')) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#skip('?')) return { least: 0, most: 1 };
    const rest = this.#characters.slice(this.#at, this.#at + 12).join('');
    const counts = /^\{(\d{0,4})(,?)(\d{0,4})\}/.exec(rest);
    if (counts === null || (counts[1] === '' && counts[3] === '')) return { least: 1, most: 1 };
    this.#at += counts[0].length;
    const least = Number(counts[1]);
    const most = counts[2] === '' ? least : counts[3] === '' ? Number.POSITIVE_INFINITY : Number(counts[3]);
    if (most < least) throw this.#fail('a repeat counts down');
    return { least, most };
  }

  #escape(): Matcher {
    const character = this.#characters[this.#at++] ?? '';
    const known = CLASSES.get(character);
    if (known !== undefined) return known;
    const literal = CONTROL.get(character) ?? character;
    if (literal === character && !/^[^\p{L}\p{N}]$/u.test(character)) throw this.#fail('an escape is not supported');
    return (other) => other === literal;
  }

  #set(): Node {
    const negated = this.#skip('^');
    const members: Matcher[] = [];
    while (members.length === 0 || this.#current !== ']') {
      if (this.#current === undefined) throw this.#fail('a set is not closed');
      members.push(this.#member());
    }
    this.#at++;
    const matches = (character: string) => members.some((member) => member(character)) !== negated;
    return { kind: 'character', matches, cost: members.length };
  }

  #member(): Matcher {
    if (this.#skip('\\')) return this.#escape();
    const low = this.#characters[this.#at++] ?? '';
    const high = this.#characters[this.#at + 1];
    if (this.#current !== '-' || high === undefined || high === ']') return (other) => other === low;
    if (high === '\\') throw this.#fail('a range can not end in an escape');
    this.#at += 2;
    const [from = 0, to = 0] = [low.codePointAt(0), high.codePointAt(0)];
    if (from > to) throw this.#fail('a range counts down');
    return (other) => {
      const code = other.codePointAt(0) ?? 0;
      return code >= from && code <= to;
    };
  }

  #fail(reason: string): Error {
    return this.#run.fail(`regular expression: ${reason}`);
  }
}
