import { benchApi } from './api.ts';
import { benchCli } from './cli.ts';
import { benchQueue } from './queue.ts';
import { benchScale } from './scale.ts';
import { benchCatalogs } from './service-catalogs.ts';
import { benchStacks } from './stacks.ts';

// npm run bench [-- section …]: all sections, or those named.
const sections = new Map([
  ['api', benchApi],
  ['catalogs', benchCatalogs],
  ['cli', benchCli],
  ['queue', benchQueue],
  ['scale', benchScale],
  ['stacks', benchStacks],
]);

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !sections.has(name));
if (unknown.length > 0) {
  process.stderr.write(`error: no section ${unknown.join(', ')}; there are ${[...sections.keys()].join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const [name, run] of sections) if (asked.length === 0 || asked.includes(name)) await run();
}
