import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../cli/helpers.ts';

/** Words of an earlier, private language, and what is written instead (docs/glossary.md). */
const replaced: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\bhouses?\b/i, 'application'],
  [/\brooms\b|\ba room of|\bkamado room\b/i, 'components'],
  [/\bthe truth\b/i, 'system of record'],
  [/\bdeeds?\b/i, 'step, job execution'],
  [/\bveil(?:ed|s)?\b/i, 'redactor'],
  [/\btestimon(?:y|ies)\b/i, 'evidence'],
  [/\blifelines?\b/i, 'connection scope'],
  [/\boutsideSlot\b|\bparked\b/i, 'releaseSlot, suspended'],
  [/\bopeners\b/i, 'factories'],
  [/\bmirror ?form\b/i, 'projection'],
  [/\blook-at\b/i, 'reconcile'],
  [/\bwhoever\b/i, 'the client, the worker, anyone who'],
];

/** A doc comment begins with a noun phrase or a verb, not with a question. */
const bareQuestion = /^\s*(?:\/\*\*|\*) (?:What|How|Where|Who) /;

function textsBelow(folder: string): readonly string[] {
  return readdirSync(join(packageRoot, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(packageRoot, path)).isDirectory()) return textsBelow(path);
    return /\.(?:ts|mjs|cjs|md)$/.test(name) ? [path] : [];
  });
}

const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...textsBelow('docs')];
const code = ['src', 'lab', 'tools', 'bench', 'scripts'].flatMap(textsBelow);

function found(paths: readonly string[], word: RegExp): readonly string[] {
  return paths.flatMap((path) => {
    const lines = readFileSync(join(packageRoot, path), 'utf8').split('\n');
    return lines.flatMap((line, i) => (word.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : []));
  });
}

for (const [word, instead] of replaced) {
  test(`code and docs say ${instead}, not ${word.source}`, () => {
    assert.deepEqual(found([...pages, ...code], word), []);
  });
}

test('doc comments begin with a noun phrase or a verb', () => {
  assert.deepEqual(found(code, bareQuestion), []);
});

test('the glossary holds at most 40 words', () => {
  const rows = found(['docs/glossary.md'], /^\| (?!word |---)/);
  assert.ok(rows.length > 0 && rows.length <= 40, `${rows.length}`);
});
