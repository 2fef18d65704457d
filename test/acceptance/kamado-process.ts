import { fileURLToPath } from 'node:url';
import { startApplication } from '../../src/app/application.ts';
import { createLog } from '../../src/app/process/log.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { readSettings, type SettingTexts } from '../../src/app/settings/settings.ts';
import { type CrashAt, CrashPoints, embeddedFactories, networkFactories } from './crash-points.ts';

/** What a process is started with, as JSON in its one argument. */
export type ProcessSettings = { readonly [Name in keyof SettingTexts]?: string } & {
  /** The environment that its settings are read from. */
  readonly environment?: { readonly [name: string]: string };
};

/** What the parent asks. */
export type Request = { readonly arm: CrashAt | null } | { readonly passed: true };

/** What the process tells. */
export type Report =
  | { readonly ready: true; readonly port: number }
  | { readonly armed: true }
  | { readonly passed: readonly string[] };

/** This program, a whole house: `node <this> '<settings>'`, with a channel to its parent. SIGTERM ends it cleanly. */
export const kamadoProcess = fileURLToPath(import.meta.url);

if (process.argv[1] === kamadoProcess) await main(JSON.parse(process.argv[2] ?? '{}'));

async function main({ environment = {}, ...given }: ProcessSettings): Promise<void> {
  const settings = readSettings({ port: '0', logLevel: 'debug', ...given }, environment);
  const points = new CrashPoints();
  const factories = settings.etcd === null ? embeddedFactories(points) : networkFactories(points);
  const log = createLog(settings.logLevel);
  const onFatal = (error: unknown): void => {
    log.error({ reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'Fatal.');
    process.exit(1);
  };
  const options = { runtime: systemRuntime, log, settings, onFatal, factories };
  process.on('message', (request: Request) => {
    if ('passed' in request) return report({ passed: points.passed });
    points.arm(request.arm);
    report({ armed: true });
  });
  const application = await startApplication(options);
  process.once('SIGTERM', () => {
    void application.close().then(() => process.exit(0), onFatal);
  });
  report({ ready: true, port: application.address.port });
}

function report(message: Report): void {
  process.send?.(message);
}
