import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../cli/helpers.ts';

const FOLDERS = ['src', 'lab', 'test', 'tools', 'bench', 'scripts', 'catalog', 'docs'];
const PAGES = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md'];
const THIS = join('test', 'docs', 'references.test.ts');

/** Something that a file refers to, and where. */
interface Reference {
  readonly file: string;
  readonly target: string;
}

const texts: ReadonlyMap<string, string> = new Map(
  [...FOLDERS.flatMap(filesBelow), ...PAGES]
    .filter((file) => /\.(?:ts|mjs|cjs|md|ya?ml)$/.test(file) && file !== THIS)
    .map((file) => [file, readFileSync(join(packageRoot, file), 'utf8')]),
);

const rules = [...text('docs/compatibility.md').matchAll(/^### <a id="([a-z]\d+)"><\/a>([A-Z]\d+) \S/gm)];

test('the rules of docs/compatibility.md have names of their own, in order, and anchors of the same name', () => {
  const names = rules.map(([, , name]) => name ?? '');
  const letters = [...new Set(names.map((name) => name.charAt(0)))];
  assert.deepEqual(
    names,
    letters.flatMap((letter) =>
      names.filter((name) => name.startsWith(letter)).map((_, place) => `${letter}${place + 1}`),
    ),
  );
  assert.deepEqual(
    rules.map(([, anchor]) => anchor),
    names.map((name) => name.toLowerCase()),
  );
  assert.equal(rules.length, text('docs/compatibility.md').match(/^### /gm)?.length);
});

test('each reference to a rule of docs/compatibility.md names one that is there', () => {
  const known = new Set(rules.map(([, , name]) => name));
  // A comment may break its line between the word and the name, or between two names.
  const inComments = found(/\bcompatibility(?:\.md)?((?:,?[ \n*/#]+[A-Z]\d+\b)+)/g);
  const inTestNames = found(/\btest(?:\.\w+)?\(\s*['"`]((?:[A-Z]\d+(?:, | and )?)+)[:,] /g);
  const named = [...inComments, ...inTestNames].flatMap(namesIn);
  const inLinks = found(/\bcompatibility\.md#([\w-]+)/g).map((one) => ({ ...one, target: one.target.toUpperCase() }));
  assert.ok(inComments.length > 50 && inTestNames.length > 50, 'references are found');
  assert.deepEqual(
    [...named, ...inLinks].filter(({ target }) => !known.has(target)),
    [],
  );
});

test('each link in a page leads to a file, and to a heading or an anchor in it', () => {
  const links = [...texts]
    .filter(([file]) => file.endsWith('.md'))
    .flatMap(([file, page]) =>
      [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => [file, target] as const),
    );
  const broken = links.filter(([file, target]) => !/^[a-z]+:/.test(target) && !leadsSomewhere(file, target));
  assert.ok(links.length > 200, 'links are found');
  assert.deepEqual(broken, []);
});

test('a comment names no page that a reader of the repository doesn’t have', () => {
  const cited = found(/^ *(?:\*|\/\/|\/\*\*?|#) .*?((?:[\w.-]+\/)*[\w-]+\.md)\b/gm);
  assert.ok(cited.length > 10, 'pages are found');
  assert.deepEqual(
    cited.filter(({ file, target }) => !isPage(file, target)),
    [],
  );
});

test('no chapter, question or decision of another document is cited', () => {
  // Those of RFCs can be looked up.
  const chapters = found(/((?<!RFC \d{4} )§\S*)/g);
  const questions = found(/(\bQ\d+\b(?=[:,)]))/g);
  const numbers = new Set(readdirSync(join(packageRoot, 'docs/decisions')).map((name) => Number(name.slice(0, 4))));
  const decisions = found(/\bdecisions?(?:\.md`?)? (\d+)/gi).filter(({ target }) => !numbers.has(Number(target)));
  const decisionTests = found(/\btest\(\s*['"`](decision \d+)/g);
  assert.deepEqual([...chapters, ...questions, ...decisions, ...decisionTests], []);
});

function found(pattern: RegExp): readonly Reference[] {
  return [...texts].flatMap(([file, content]) =>
    [...content.matchAll(pattern)].map(([, target = '']) => ({ file, target })),
  );
}

function namesIn({ file, target }: Reference): readonly Reference[] {
  return (target.match(/[A-Z]\d+/g) ?? []).map((name) => ({ file, target: name }));
}

function leadsSomewhere(file: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const at = path === '' ? file : relative(packageRoot, join(packageRoot, dirname(file), path));
  if (!existsSync(join(packageRoot, at))) return false;
  return anchor === undefined || !at.endsWith('.md') || anchorsOf(text(at)).has(anchor);
}

/** As GitHub makes them: of headings, and those that the page sets itself. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...withoutBlocks(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/<[^>]*>|[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...page.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]);
}

/** A page as it is named: from the root, from docs/, or from where it is named. */
function isPage(file: string, target: string): boolean {
  return ['', 'docs', dirname(file)].some((folder) => existsSync(join(packageRoot, folder, target)));
}

function withoutCode(page: string): string {
  return withoutBlocks(page).replaceAll(/`[^`\n]*`/g, '');
}

function withoutBlocks(page: string): string {
  return page.replaceAll(/^( *)```[\s\S]*?^\1```/gm, '');
}

function text(file: string): string {
  return texts.get(file) ?? readFileSync(join(packageRoot, file), 'utf8');
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(packageRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
