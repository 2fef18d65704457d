import type { Command } from 'commander';
import { systemRuntime } from '../app/process/index.ts';
import type { Catalog, Example } from '../catalog/index.ts';
import { kamadoError } from '../kernel/index.ts';
import { newCommand, settingsOf } from './common-options.ts';
import { print, printable, printLines } from './output.ts';

/** Timers of the runtime don't keep a process alive; this one does, while examples run. */
const KEEP_ALIVE_MS = 60_000;

/** `kamado catalog test`: whether a catalogue does what its examples say. */
export function catalogTestCommand(): Command {
  const command = newCommand('test')
    .description("run a catalogue's own examples, each on a system of its own that is thrown away")
    .argument('[folder]', 'the catalogue; absent: --catalog')
    .argument('[name...]', 'only the examples with one of these texts in their names');
  return command.action(async (folder: string | undefined, names: readonly string[]) => {
    const { loadCatalog } = await import('../catalog/index.ts');
    const { readExamples } = await import('../catalog/index.ts');
    const path = folder ?? settingsOf(command).catalog;
    const catalog = await loadCatalog(path);
    const all = await readExamples(path, catalog.model);
    const chosen = names.length === 0 ? all : all.filter(({ name }) => names.some((text) => name.includes(text)));
    if (chosen.length === 0) {
      const reason = names.length === 0 ? `${path} has no examples` : `no example of ${path} is named like that`;
      throw kamadoError('USAGE', { reason });
    }
    const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
    try {
      await runAll(catalog, chosen);
    } finally {
      clearInterval(keepAlive);
    }
  });
}

/** @throws EXAMPLES_FAILED */
async function runAll(catalog: Catalog, examples: readonly Example[]): Promise<void> {
  const { failureLines, runExample } = await import('../examples/index.ts');
  let failed = 0;
  for (const example of examples) {
    const failure = await runExample(systemRuntime, catalog, example);
    print(`${failure === null ? 'ok' : 'FAILED'}  ${printable(example.name)}`);
    if (failure === null) continue;
    failed++;
    printLines(failureLines(example, failure).map(printable));
  }
  print(`${examples.length - failed} passed, ${failed} failed`);
  if (failed > 0) throw kamadoError('EXAMPLES_FAILED', { count: failed, total: examples.length });
}
