import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RoomName } from '../../src/app/room-process.ts';
import { type SettingTexts, settingOptions } from '../../src/app/settings.ts';

/** One room in a process of its own, as people start it. */
export interface RoomProcess {
  /** SIGTERM; throws where it doesn't end cleanly. */
  readonly stop: () => Promise<void>;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
}

/** What `bin/kamado` does once everything is built: of the build that this test is of. */
const program = `const { main } = await import(${JSON.stringify(new URL('../../src/cli/main.js', import.meta.url).href)});
await main(process.argv.slice(1));`;

/** Runs `kamado room <name>` with settings in its environment, and waits until it says that it runs. */
export async function startRoom(
  name: RoomName,
  settings: { readonly [Name in keyof SettingTexts]?: string },
): Promise<RoomProcess> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const option of settingOptions) {
    delete env[option.environment];
    if (settings[option.name] !== undefined) env[option.environment] = settings[option.name];
  }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, 'room', name], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
    child.once('exit', (code) => reject(new Error(`room ${name} ended with ${code}: ${output}`)));
  });
  await runs;
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await exited;
  };
  return {
    stop: async () => {
      await end('SIGTERM');
      if (child.exitCode !== 0) throw new Error(`room ${name} ended with ${child.exitCode}: ${output}`);
    },
    kill: () => end('SIGKILL'),
  };
}
