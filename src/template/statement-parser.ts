import { parseExpression, parseFilterChain, parseTuple } from './expression-parser.ts';
import { tokenize } from './lexer.ts';
import type { Body, Expression, Statement, Target } from './syntax.ts';
import { TokenStream } from './token-stream.ts';

const RESERVED = new Set([
  'true',
  'false',
  'none',
  'True',
  'False',
  'None',
  'and',
  'or',
  'not',
  'in',
  'is',
  'if',
  'else',
]);

/** Parses the statements of a whole template. Throws TEMPLATE_INVALID and TEMPLATE_LIMIT. */
export function parseStatements(template: string, source: string): Body {
  const stream = new TokenStream(template, tokenize(template, source));
  const body = parseBody(stream, []);
  if (!stream.is('end')) throw stream.fail(`unexpected tag "${stream.following.value}"`);
  return body;
}

/** Parses statements up to a tag of one of these names, which is left unread, or up to the end. */
function parseBody(stream: TokenStream, ends: readonly string[]): Body {
  const body: Statement[] = [];
  for (;;) {
    const { kind, value, line } = stream.current;
    if (kind === 'end') return body;
    if (kind === 'text') {
      stream.next();
      body.push({ kind: 'text', text: value, line });
    } else if (kind === 'output-begin') {
      stream.next();
      const expression = parseTuple(stream);
      stream.expect('output-end');
      body.push({ kind: 'output', expression, line });
    } else {
      if (ends.includes(stream.following.value) || stream.following.value.startsWith('end')) return body;
      stream.expect('block-begin');
      body.push(stream.nested(() => parseTag(stream)));
    }
  }
}

/** Parses the rest of an opening tag, the body after it, and its closing tag. */
function parseBlock(stream: TokenStream, end: string): Body {
  stream.expect('block-end');
  const body = parseBody(stream, [end]);
  endTag(stream, end);
  return body;
}

function endTag(stream: TokenStream, name: string): void {
  if (stream.is('end')) throw stream.fail(`"${name}" is missing`);
  stream.expect('block-begin');
  stream.expect('name', name);
  stream.expect('block-end');
}

function parseTag(stream: TokenStream): Statement {
  const { value: tag, line } = stream.expect('name');
  switch (tag) {
    case 'if':
      return parseIf(stream, line);
    case 'for':
      return parseFor(stream, line);
    case 'set':
      return parseSet(stream, line);
    case 'with':
      return parseWith(stream, line);
    case 'filter': {
      const filters = parseFilterChain(stream, false);
      return { kind: 'filter-block', filters, body: parseBlock(stream, 'endfilter'), line };
    }
    default:
      throw stream.fail(`the tag "${tag}" is not supported`, line);
  }
}

function parseIf(stream: TokenStream, line: number): Statement {
  const branches: { test: Expression; body: Body }[] = [];
  let otherwise: Body = [];
  do {
    const test = parseTuple(stream, false);
    stream.expect('block-end');
    branches.push({ test, body: parseBody(stream, ['elif', 'else', 'endif']) });
  } while (skipTag(stream, 'elif'));
  if (skipTag(stream, 'else')) {
    stream.expect('block-end');
    otherwise = parseBody(stream, ['endif']);
  }
  endTag(stream, 'endif');
  return { kind: 'if', branches, otherwise, line };
}

function skipTag(stream: TokenStream, name: string): boolean {
  const { following } = stream;
  if (!stream.is('block-begin') || following.kind !== 'name' || following.value !== name) return false;
  stream.next();
  stream.next();
  return true;
}

function parseFor(stream: TokenStream, line: number): Statement {
  const target = parseTarget(stream);
  stream.expect('name', 'in');
  const iterable = parseTuple(stream, false);
  const filter = stream.skip('name', 'if') ? parseExpression(stream) : undefined;
  if (stream.is('name', 'recursive')) throw stream.fail('recursive loops are not supported');
  stream.expect('block-end');
  const body = parseBody(stream, ['else', 'endfor']);
  let otherwise: Body = [];
  if (skipTag(stream, 'else')) {
    stream.expect('block-end');
    otherwise = parseBody(stream, ['endfor']);
  }
  endTag(stream, 'endfor');
  return { kind: 'for', target, iterable, filter, body, otherwise, line };
}

function parseSet(stream: TokenStream, line: number): Statement {
  const target = parseTarget(stream, true);
  if (stream.skip('operator', '=')) {
    const value = parseTuple(stream);
    stream.expect('block-end');
    return { kind: 'set', target, value, line };
  }
  const filters = parseFilterChain(stream, true);
  return { kind: 'set-block', target, filters, body: parseBlock(stream, 'endset'), line };
}

function parseWith(stream: TokenStream, line: number): Statement {
  const bindings: { target: Target; value: Expression }[] = [];
  while (!stream.is('block-end')) {
    if (bindings.length > 0) stream.expect('operator', ',');
    const target = parseOneTarget(stream);
    stream.expect('operator', '=');
    bindings.push({ target, value: parseExpression(stream) });
  }
  return { kind: 'with', bindings, body: parseBlock(stream, 'endwith'), line };
}

function parseTarget(stream: TokenStream, mayBeMember = false): Target {
  if (mayBeMember && stream.following.kind === 'operator' && stream.following.value === '.') {
    const namespace = stream.expect('name').value;
    stream.next();
    return { kind: 'member', namespace, name: stream.expect('name').value };
  }
  const first = parseOneTarget(stream);
  if (!stream.is('operator', ',')) return first;
  const items = [first];
  while (stream.skip('operator', ',')) {
    if (stream.is('name', 'in') || stream.is('operator', '=', ')')) break;
    items.push(parseOneTarget(stream));
  }
  return { kind: 'tuple', items };
}

function parseOneTarget(stream: TokenStream): Target {
  if (stream.skip('operator', '(')) {
    const target = stream.nested(() => parseTarget(stream));
    stream.expect('operator', ')');
    return target;
  }
  const { value: name, line } = stream.expect('name');
  if (RESERVED.has(name)) throw stream.fail(`nothing can be assigned to "${name}"`, line);
  return { kind: 'name', name };
}
