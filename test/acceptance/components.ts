import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ComponentName } from '../../src/app/component-process.ts';
import { type SettingTexts, settingOptions } from '../../src/app/settings/settings.ts';

/** One room in a process of its own. */
export interface ComponentProcess {
  readonly pid: number;
  /** What it logged. */
  readonly log: () => string;
  readonly hasEnded: () => boolean;
  /** SIGTERM; throws where it doesn't end cleanly. */
  readonly stop: () => Promise<void>;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
}

/** The settings of a room. */
export type ComponentSettings = { readonly [Name in keyof SettingTexts]?: string };

/** What `bin/kamado` does once everything is built: of the build that this test is of. */
const program = `const { main } = await import(${JSON.stringify(new URL('../../src/cli/main.js', import.meta.url).href)});
await main(process.argv.slice(1));`;

/**
 * Runs `kamado run <name>`, as people start it, with settings and `more` in its environment; waits until it says that it
 * runs.
 */
export async function startComponent(
  name: ComponentName,
  settings: ComponentSettings,
  more: { readonly [name: string]: string } = {},
): Promise<ComponentProcess> {
  return await startProgram(name, ['--input-type=module', '--eval', program, 'run', name], settings, more);
}

/** Runs a program with settings in its environment, and waits until it says that the component of that name runs. */
export async function startProgram(
  name: string,
  args: readonly string[],
  settings: ComponentSettings,
  more: { readonly [name: string]: string } = {},
): Promise<ComponentProcess> {
  const env: NodeJS.ProcessEnv = { ...process.env, ...more };
  for (const option of settingOptions) {
    delete env[option.environment];
    if (settings[option.name] !== undefined) env[option.environment] = settings[option.name];
  }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const exited = once(child, 'exit');
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const runs = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(`${name} runs`)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`component ${name} ended with ${code}: ${output}`)));
  });
  await runs;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (hasEnded()) return;
    child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    log: () => output,
    hasEnded,
    stop: async () => {
      await end('SIGTERM');
      if (child.exitCode !== 0) throw new Error(`component ${name} ended with ${child.exitCode}: ${output}`);
    },
    kill: () => end('SIGKILL'),
  };
}
