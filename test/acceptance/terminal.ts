import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/helpers.ts';
import { until } from './rest.ts';

/** The code blocks of a page in that language: commands that are to be typed (sh), or with what they say (console). */
export function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(packageRoot, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);
}

/** A shell that keeps what was exported, as a reader's does. */
export class Terminal {
  readonly #shell: ChildProcess;
  #said = '';

  constructor(environment: NodeJS.ProcessEnv) {
    const options = { cwd: packageRoot, env: environment, detached: true } as const;
    this.#shell = spawn('bash', ['--noprofile', '--norc', '-s'], options);
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#said += chunk.toString();
      });
    }
  }

  get reported(): string {
    return this.#said;
  }

  type(text: string): void {
    this.#shell.stdin?.write(text);
  }

  /** Types a block; gives what was said until its last command ended, each well. */
  async run(block: string): Promise<string> {
    const from = this.#said.length;
    const mark = `done-${from}`;
    this.type(`set -e\n${block}\nset +e\necho ${mark}\n`);
    await until(`the end of ${block}`, () => this.#said.includes(mark, from) || this.#shell.exitCode !== null);
    const text = this.#said.slice(from);
    assert.ok(text.includes(mark), `${block}\n${text}`);
    return text;
  }

  /** Ends it with everything that it has started, as Ctrl-C does. */
  async interrupt(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.pid === undefined) return;
    const ended = once(this.#shell, 'exit');
    process.kill(-this.#shell.pid, 'SIGINT');
    this.#shell.stdin?.end();
    await ended;
  }
}
