import fc from 'fast-check';
import type {
  ArithmeticOperator,
  CompareOperator,
  Expression,
  PostfixStep,
  Statement,
} from '../../src/template/syntax.ts';

/**
 * Every operation of the template language, as templates for templates: `$t` stands for a text, `$i` for an int, `$l`
 * for a list, `$d` for a dict, `$a` for any expression, `$b` for a body. The tests compare the tables with the
 * engine's own, so that an operation that is added is missed here.
 */
type Snippets = readonly string[];

export const FILTERS: Readonly<Record<string, Snippets>> = {
  abs: ['$i|abs'],
  batch: ['$l|batch($i)', '$t|batch(2, $a)', '$l|batch(2, fill_with=$t)'],
  capitalize: ['$t|capitalize'],
  count: ['$a|count'],
  d: ['$a|d($a)', '$t|d($t, $i)'],
  default: ['$a|default($a)', '$t|default($t, true)', '$t|default(default_value=$t, boolean=$i)'],
  dictsort: ['$d|dictsort', '$d|dictsort(by="value", reverse=$i)'],
  first: ['$a|first'],
  float: ['$a|float', '$t|float($t)', '$t|float(default=$t)'],
  format: ['$t|format($t)', '$t|format($t, $a)', '$t|format(a=$t)', '"%s: %s"|format($t, $t)'],
  groupby: ['$l|groupby($t)', '$t|groupby("a", $t)', '$l|groupby("a", default=$t)|map("first")'],
  indent: ['$t|indent', '$t|indent($i)', '$t|indent($t)', '$t|indent(2, $i)', '$t|indent(1, blank=$i)'],
  int: ['$a|int', '$t|int($t)', '$t|int(default=$t)', '$t|int(0, 16)'],
  items: ['$d|items'],
  join: ['$a|join', '$l|join($t)', '$t|join($t)', '$l|join($t, attribute=$t)'],
  last: ['$a|last'],
  length: ['$a|length'],
  list: ['$a|list'],
  lower: ['$t|lower'],
  map: ['$l|map("string")', '$t|map("replace", $t, $t)', '$l|map("default", $t)', '$l|map(attribute=$t, default=$t)'],
  match: ['$t|match($t)'],
  max: ['$a|max', '$t|max(case_sensitive=$i)'],
  min: ['$a|min', '$l|min(attribute=$t)'],
  reject: ['$a|reject', '$t|reject("in", $t)'],
  rejectattr: ['$l|rejectattr($t)', '$l|rejectattr($t, "eq", $a)'],
  replace: ['$t|replace($t, $t)', '$t|replace($t, $t, $i)', '$t|replace("A", $t)', '$t|replace(old=$t, new=$t)'],
  reverse: ['$a|reverse'],
  round: ['$i|round', '$i|round($i, "floor")'],
  select: ['$a|select', '$t|select("in", $t)'],
  selectattr: ['$l|selectattr($t)', '$l|selectattr($t, "eq", $a)'],
  sort: ['$t|sort', '$l|sort(reverse=$i)'],
  string: ['$a|string'],
  sum: ['$l|sum(start=$t)', '$t|sum(start=$t)', '$l|sum'],
  title: ['$t|title'],
  tojson: ['$a|tojson'],
  trim: ['$t|trim', '$t|trim($t)', '$t|trim(chars=$t)'],
  unique: ['$a|unique'],
  upper: ['$t|upper'],
  urlencode: ['$t|urlencode', '$d|urlencode'],
};

export const METHODS: Readonly<Record<'text' | 'dict' | 'sequence' | 'loop', Readonly<Record<string, Snippets>>>> = {
  text: {
    capitalize: ['$t.capitalize()'],
    count: ['$t.count($t)'],
    endswith: ['$t.endswith($t)'],
    find: ['$t.find($t)'],
    format: ['$t.format($t)', '"{}: {a}".format($t, a=$t)'],
    isdigit: ['$t.isdigit()'],
    join: ['$t.join($l)', '$t.join([$t, $t])', '$t.join($t)'],
    lower: ['$t.lower()'],
    lstrip: ['$t.lstrip()', '$t.lstrip($t)'],
    replace: ['$t.replace($t, $t)', '$t.replace($t, $t, $i)'],
    rstrip: ['$t.rstrip()', '$t.rstrip($t)'],
    split: ['$t.split()', '$t.split($t)', '$t.split($t, $i)'],
    splitlines: ['$t.splitlines()'],
    startswith: ['$t.startswith($t)'],
    strip: ['$t.strip()', '$t.strip($t)'],
    upper: ['$t.upper()'],
  },
  dict: {
    get: ['$d.get($t)', '$d.get($t, $a)'],
    items: ['$d.items()'],
    keys: ['$d.keys()'],
    values: ['$d.values()'],
  },
  sequence: { count: ['$l.count($a)'] },
  loop: { cycle: ['loop.cycle($t, $t)', 'outer.cycle($a)'] },
};

export const FUNCTIONS: Readonly<Record<string, Snippets>> = {
  dict: ['dict(a=$a, b=$t)'],
  namespace: ['namespace(a=$t).a'],
  range: ['range($i)', 'range($i, $i)'],
};

export const TESTS: Readonly<Record<string, Snippets>> = {
  ...Object.fromEntries(
    [
      ...['defined', 'undefined', 'none', 'boolean', 'true', 'false', 'integer', 'float', 'number', 'string'],
      ...['mapping', 'iterable', 'sequence', 'lower', 'upper'],
    ].map((name) => [name, [`$a is ${name}`, `$a is not ${name}`]]),
  ),
  ...Object.fromEntries(
    ['sameas', 'eq', 'equalto', 'ne', 'lt', 'lessthan', 'le', 'gt', 'greaterthan', 'ge', 'in'].map((name) => [
      name,
      [`$t is ${name}($t)`],
    ]),
  ),
  // Only select and its like know these.
  ...Object.fromEntries(
    ['==', '!=', '<', '<=', '>', '>='].map((name) => [name, [`$l|select("${name}", $a)`, `$t|select("${name}", $t)`]]),
  ),
  odd: ['$i is odd'],
  even: ['$i is even'],
  divisibleby: ['$i is divisibleby($i)'],
};

const OPERATORS: Readonly<Record<ArithmeticOperator | CompareOperator, Snippets>> = {
  '+': ['($t + $t)', '($l + $l)', '($i + $i)'],
  '-': ['($i - $i)'],
  '*': ['($t * $i)', '($i * $t)', '($l * 2)'],
  '/': ['($i / $i)'],
  '//': ['($i // $i)'],
  '%': ['($t % $t)', '("%s: %s" % ($t, $a))', '("%(a)s" % {"a": $t})'],
  '**': ['($i ** 2)'],
  '==': ['($a == $a)'],
  '!=': ['($a != $a)'],
  '<': ['($t < $t)'],
  '<=': ['($t <= $t)'],
  '>': ['($t > $t)'],
  '>=': ['($t >= $t)'],
  in: ['($t in $a)'],
  'not in': ['($t not in $a)'],
};

const all = (tables: Readonly<Record<string, Snippets>>): Snippets => Object.values(tables).flat();

const POSTFIX: Readonly<Record<PostfixStep['kind'], Snippets>> = {
  attribute: ['$d.a', '$a.a', 'loop.previtem', 'outer.nextitem', 'loop.length', 'ns.a'],
  item: ['$d[$t]', '$a[$i]', '$l[0]', '$t[$i]'],
  slice: ['$t[$i:]', '$t[:$i]', '$t[::-1]', '$l[$i:$i]'],
  call: [...Object.values(METHODS).flatMap(all), ...all(FUNCTIONS)],
  filter: all(FILTERS).map((snippet) => `(${snippet})`),
  test: all(TESTS).map((snippet) => `(${snippet})`),
};

export const EXPRESSIONS: Readonly<Record<Expression['kind'], Snippets>> = {
  constant: ['"A"', '"k: "', '"\\n"', '2', 'true', 'none', '1.5'],
  name: ['v', 'n', 'l', 'd', 'x', 's', 'missing'],
  list: ['[$a, $t]', '[$t]'],
  tuple: ['($a, $t)', '($t,)'],
  dict: ['{"a": $a}', '{$t: $t}'],
  conditional: ['($a if $a else $a)', '($t if $i)', '($a if false else $a)'],
  and: ['($a and $a)'],
  or: ['($a or $a)'],
  not: ['(not $a)'],
  compare: ['(1 < $i <= 3)'],
  arithmetic: all(OPERATORS),
  concat: ['($a ~ $a)', '($t ~ "A" ~ $t)'],
  sign: ['(-$i)'],
  postfix: all(POSTFIX),
};

/** What writes its own text: a block, whose filters get it as what stands before the first bar. */
const FILTER_BLOCKS: Snippets = all(FILTERS).map(
  (snippet) => `{% filter ${snippet.slice(snippet.indexOf('|') + 1)} %}$b{% endfilter %}`,
);

export const STATEMENTS: Readonly<Record<Statement['kind'], Snippets>> = {
  text: ['$raw', '$raw{# c #}$raw'],
  output: ['{{ $t }}', '{{ $a }}', '{{ "A" }}'],
  if: ['{% if $a %}$b{% elif $a %}$b{% else %}$b{% endif %}'],
  for: [
    '{% for x in $a %}{% set outer = loop %}$b{% else %}$b{% endfor %}',
    '{% for x, s in $d.items() if $a %}$b{% endfor %}',
    '{% for x in $t %}{% set ns.a = x %}$b{% endfor %}',
  ],
  set: ['{% set s = $a %}$b', '{% set ns.a = $t %}$b', '{% set x, s = $t, $a %}$b'],
  'set-block': [
    '{% set s %}$b{% endset %}$b',
    ...all(FILTERS).map((snippet) => `{% set s | ${snippet.slice(snippet.indexOf('|') + 1)} %}$b{% endset %}$b`),
  ],
  with: ['{% with x = $a %}$b{% endwith %}'],
  'filter-block': [
    ...FILTER_BLOCKS,
    '{% filter replace($t, $t)|indent(2)|upper %}$b{% endfilter %}',
    '{% filter replace("A", $t)|replace("k", $t) %}$b{% endfilter %}',
    '{% filter replace("A", $t)|trim|title %}$b{% endfilter %}',
  ],
};

/** What stands for something in a snippet. */
export const PLACE = /(\$(?:raw|[tildab]))/g;

/** Fills what stands for something by what these give. */
export function filled(
  snippet: string,
  parts: { readonly [letter: string]: fc.Arbitrary<string> | undefined },
): fc.Arbitrary<string> {
  const pieces = snippet.split(PLACE).map((piece) => {
    const part = piece.startsWith('$') ? parts[piece.slice(1)] : undefined;
    return part ?? fc.constant(piece);
  });
  return fc.tuple(...pieces).map((texts) => texts.join(''));
}
