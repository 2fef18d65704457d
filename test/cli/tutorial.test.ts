import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { until } from '../acceptance/rest.ts';
import { Terminal } from '../acceptance/terminal.ts';
import { freePort } from '../support/programs.ts';
import { packageRoot, temporaryFolder } from './helpers.ts';

/** A block of the page with the text between it and the one before. */
interface Block {
  readonly before: string;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(packageRoot, page), 'utf8');
  const blocks = [...text.matchAll(/(.*?)^```(\w+)\n(.*?)^```$/gms)];
  return blocks.map(([, before = '', language = '', block = '']) => ({ before, language, text: block }));
}

/** Checks that something said holds the lines in their order; `…` stands for any others. */
function assertSaid(reported: string, shown: string): void {
  const parts = shown.split(/^…\n/m).map((part) => part.trimEnd());
  let from = 0;
  for (const part of parts) {
    const at = reported.indexOf(part, from);
    assert.ok(at >= 0, `${part}\nis not part of\n${reported.slice(from)}`);
    from = at + part.length;
  }
  if (!shown.startsWith('…')) assert.ok(reported.startsWith(parts[0] ?? ''), reported);
}

test('docs/tutorial.md, word by word', async (t) => {
  const home = temporaryFolder(t);
  const port = String(await freePort());
  const environment = { PATH: process.env.PATH, HOME: home, KAMADO_PORT: port };
  const [first, second] = [new Terminal(environment), new Terminal(environment)];
  t.after(() => Promise.all([first.interrupt(), second.interrupt()]));
  const catalog = join(home, 'shop');
  const schemas = join(catalog, 'schemas', 'gateways.yaml');
  let typing = first;
  let heard = 0;
  let asItWas = '';
  const done = { sh: 0, console: 0, yaml: 0, ts: 0 };

  for (const { before, language, text } of blocksOf('docs/tutorial.md')) {
    const [, wrong, right] = /Write `([^`]+)` where `([^`]+)` stands/.exec(before) ?? [];
    if (wrong !== undefined && right !== undefined) {
      asItWas = readFileSync(schemas, 'utf8');
      assert.ok(asItWas.includes(right));
      heard = first.reported.length;
      writeFileSync(schemas, asItWas.replace(right, wrong));
    } else if (before.includes('Take it back')) {
      heard = first.reported.length;
      writeFileSync(schemas, asItWas);
    }
    switch (language) {
      case 'sh':
        done.sh++;
        if (text.includes('--watch')) {
          first.type(text);
          await until('Kamado serves', () => first.reported.includes('Kamado serves at'));
          typing = second;
        } else await typing.run(text.replaceAll('127.0.0.1:9091', `127.0.0.1:${port}`));
        break;
      case 'console': {
        done.console++;
        const [, command, answer] = /^\$ ([^\n]*)\n(.*)$/s.exec(text) ?? [];
        if (command !== undefined && answer !== undefined) assertSaid(await typing.run(command), answer);
        else {
          await until(`the first terminal says: ${text}`, () => first.reported.includes(text.trimEnd(), heard));
        }
        break;
      }
      case 'yaml':
      case 'ts': {
        done[language]++;
        const [name = ''] = [...before.matchAll(/`(\w+\/\w+\.(?:yaml|ts))`/g)].map(([, path = '']) => path).slice(-1);
        assert.notEqual(name, '', before);
        const file = join(catalog, name);
        heard = first.reported.length;
        mkdirSync(dirname(file), { recursive: true });
        if (before.includes('at the end of')) appendFileSync(file, `\n${text}`);
        else writeFileSync(file, text);
        break;
      }
      default:
        assert.fail(`a block of ${language}`);
    }
  }
  assert.deepEqual(done, { sh: 8, console: 6, yaml: 3, ts: 1 });
  assert.match(second.reported, /Site north takes no orders/);
  assert.match(readFileSync(join(catalog, 'README.md'), 'utf8'), /^# Catalogue shop\n/);
  assert.doesNotMatch(first.reported, /"level":(?:50|60)/);
});
