import { CharacterSet, type CodeRange } from './character-set.ts';
import type { Dialect } from './dialect.ts';
import { type Escape, readEscape } from './escape.ts';
import { asciiClass } from './named-sets.ts';
import { PatternFault } from './pattern-fault.ts';
import type { PatternReader } from './pattern-reader.ts';

const RANGE = /-[^\]]/uy;
const NAMED = /\[:(\^?)(\w+):\]/y;
const BACKSPACE = 0x08;

/** Reads a set after its `[`, up to and including its `]`, which is a member if it comes first. @throws PatternFault */
export function readCharacterSet(reader: PatternReader, dialect: Dialect, fold: boolean): CharacterSet {
  const negated = reader.skip('^');
  const ranges: CodeRange[] = [];
  const members: CharacterSet[] = [];
  for (let isFirst = true; isFirst || !reader.skip(']'); isFirst = false) {
    const member = readMember(reader, dialect);
    if (member.kind === 'set') members.push(new CharacterSet({ ...member.parts, fold }));
    else ranges.push([member.codePoint, lastOfRange(reader, dialect, member.codePoint)]);
  }
  return new CharacterSet({ ranges, members, fold, negated });
}

function lastOfRange(reader: PatternReader, dialect: Dialect, first: number): number {
  if (!reader.sees(RANGE)) return first;
  reader.take();
  const last = readMember(reader, dialect);
  if (last.kind === 'set') throw new PatternFault('a range ends in a class of characters');
  if (last.codePoint < first) throw new PatternFault('a range counts down');
  return last.codePoint;
}

function readMember(reader: PatternReader, dialect: Dialect): Escape {
  const named = reader.match(NAMED);
  if (named !== undefined) {
    return { kind: 'set', parts: { ...asciiClass(named[2] ?? ''), negated: named[1] === '^' } };
  }
  if (reader.skip('\\'))
    return reader.skip('b') ? { kind: 'character', codePoint: BACKSPACE } : readEscape(reader, dialect);
  const character = reader.take();
  if (character === '') throw new PatternFault('a set is not closed');
  return { kind: 'character', codePoint: character.codePointAt(0) ?? 0 };
}
