import { Composer, CST, isAlias, isScalar, Lexer, type ParsedNode, Parser } from 'yaml';
import { hotTags } from '../hot/index.ts';
import { limits, type TextRange } from '../kernel/index.ts';
import { children } from '../kernel/yaml/index.ts';
import { QuotedTexts } from './quoted-texts.ts';

/** The tree of a YAML text, or the place and reason of its fault. */
export type YamlReading =
  /** `lexemes`: the number of lexemes in the text, including blanks and line ends. */
  | { readonly kind: 'tree'; readonly root: ParsedNode | null; readonly lexemes: number }
  | { readonly kind: 'fault'; readonly offset: number; readonly reason: string }
  | { readonly kind: 'beyond'; readonly limit: 'templateDepth' | 'templateLexemes' };

/**
 * The allowed contents of a document: `plain` has no tags (but !!str) and no aliases; `hot` also has aliases and the
 * tags of plain values, as Heat's own reader accepts them.
 */
export type Dialect = 'plain' | 'hot';

const TAGS: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  plain: tagSet('str'),
  hot: tagSet(...hotTags),
};

function tagSet(...names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => `tag:yaml.org,2002:${name}`));
}

export interface YamlReadingOptions {
  readonly dialect: Dialect;
  /** Accepts unknown tags, which only affect values. */
  readonly lenient: boolean;
  /** The number of lexemes above which the text is faulty; never more than `templateLexemes`. */
  readonly mostLexemes?: number;
}

/**
 * Parses one YAML 1.1 document. Merges are left as the key `<<`, and scalars as they are written. The library composes
 * by recursion, so the depth is measured on its flat syntax tree first.
 */
export function readYaml(text: string, { dialect, lenient, mostLexemes }: YamlReadingOptions): YamlReading {
  const cut = tokensOf(text, mostLexemes ?? Number.POSITIVE_INFINITY);
  if (cut.kind !== 'tokens') return cut;
  const { tokens, lexemes } = cut;
  const quoted = new QuotedTexts();
  if (depthOf(tokens, quoted) > limits.templateDepth) return { kind: 'beyond', limit: 'templateDepth' };
  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens: false,
    logLevel: 'silent',
  });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (document === undefined) return { kind: 'tree', root: null, lexemes };
  if (second !== undefined) return { kind: 'fault', offset: second.range[0], reason: 'more than one document' };
  const isStrict = dialect === 'plain' && !lenient;
  const [fault] = isStrict ? [...document.errors, ...document.warnings] : document.errors;
  // Only the code: the library's messages contain parts of the text, which may be secret.
  if (fault !== undefined) return { kind: 'fault', offset: fault.pos[0], reason: fault.code };
  return (
    refused(text, document.contents, quoted, dialect, lenient) ?? { kind: 'tree', root: document.contents, lexemes }
  );
}

interface Tokens {
  readonly kind: 'tokens';
  readonly tokens: readonly CST.Token[];
  readonly lexemes: number;
}

/** Returns the flat syntax tree. It ends at the first fault: a text of faults would have one for each character. */
function tokensOf(text: string, mostLexemes: number): Tokens | YamlReading {
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  const faultIn = (found: Iterable<CST.Token>): YamlReading | undefined => {
    for (const token of found) {
      if (token.type === 'error') return { kind: 'fault', offset: token.offset, reason: 'UNEXPECTED_TOKEN' };
      tokens.push(token);
    }
    return undefined;
  };
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > mostLexemes) return { kind: 'fault', offset: parser.offset, reason: 'UNEXPECTED_TOKEN' };
    if (lexemes > limits.templateLexemes) return { kind: 'beyond', limit: 'templateLexemes' };
    const fault = faultIn(parser.next(lexeme));
    if (fault !== undefined) return fault;
  }
  return faultIn(parser.end()) ?? { kind: 'tokens', tokens, lexemes };
}

/** Returns the depth of the tokens: block and flow collections. Replaces long texts by stand-ins. */
function depthOf(tokens: readonly CST.Token[], quoted: QuotedTexts): number {
  let deepest = 0;
  let level: (CST.Token | null | undefined)[] = [...tokens];
  for (let depth = 0; level.length > 0; depth++) {
    deepest = depth;
    const inner: (CST.Token | null | undefined)[] = [];
    for (const token of level) {
      if (token?.type === 'document') inner.push(token.value);
      else if (CST.isCollection(token)) for (const item of token.items) inner.push(item.key, item.value);
      else if (token) quoted.replace(token);
    }
    level = inner.filter((token) => token !== null && token !== undefined);
  }
  return deepest;
}

/** Returns the fault of a tree with disallowed contents, or undefined. Restores its long texts. */
function refused(
  text: string,
  root: ParsedNode | null,
  quoted: QuotedTexts,
  dialect: Dialect,
  lenient: boolean,
): YamlReading | undefined {
  const waiting: (ParsedNode | null)[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node === null) continue;
    if (isAlias(node)) {
      if (dialect === 'plain') return { kind: 'fault', offset: node.range[0], reason: 'an alias' };
      continue;
    }
    if (!lenient && node.tag !== undefined && !TAGS[dialect].has(node.tag)) {
      return { kind: 'fault', offset: node.range[0], reason: 'a tag' };
    }
    if (isUnclosed(text, node)) return { kind: 'fault', offset: node.range[0], reason: 'MISSING_CHAR' };
    if (isScalar(node)) quoted.restore(node);
    for (const child of children(node)) waiting.push(child);
  }
  return undefined;
}

/** The library takes `"\\"` at the end of a line for closed, though the last quote is escaped. */
function isUnclosed(text: string, node: ParsedNode): boolean {
  if (!isScalar(node) || node.type !== 'QUOTE_DOUBLE') return false;
  let at = node.range[1] - 2;
  while (text[at] === '\\') at--;
  return (node.range[1] - 2 - at) % 2 === 1;
}

/** The ranges of the comments in a text. */
export function commentRanges(text: string): readonly TextRange[] {
  const ranges: TextRange[] = [];
  let offset = 0;
  let atScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    const type: CST.Token['type'] | null | undefined = atScalar ? undefined : CST.tokenType(lexeme);
    atScalar = type === 'scalar';
    // These are marks between the lexemes, without text.
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') continue;
    if (type === 'comment') ranges.push({ start: offset, end: offset + lexeme.length });
    offset += lexeme.length;
  }
  return ranges;
}
