import { join } from 'node:path';
import { readTextFileSync } from '../src/kernel/index.ts';
import { type Fault, faultNames } from './fault.ts';
import { hasCode, hostKeyOf } from './host-keys.ts';
import { type Router, startRouter } from './router.ts';

/** The login of every lab router. It is no secret: the routers listen on loopback and route nothing. */
export const LAB_LOGIN = 'kamado';
/** The password of that login. */
export const LAB_PASSWORD = 'kamado-lab';
/** The port of every lab router. */
export const LAB_PORT = 8830;
/** The routers and their addresses. Each has its own, as real devices do. */
export const labRouters = [
  { name: 'edge-router-1', host: '127.0.0.2' },
  { name: 'edge-router-2', host: '127.0.0.3' },
] as const;

/** The running lab. */
export interface Lab {
  readonly routers: readonly Router[];
  readonly close: () => Promise<void>;
}

/** The options of a lab. */
export interface LabOptions {
  /** Faults to start with, by router name. */
  readonly faults?: ReadonlyMap<string, Fault>;
  /** Receives a message about a fault file that names no fault, once for each text. */
  readonly report?: (line: string) => void;
  /** `LAB_PORT` by default. */
  readonly port?: number;
}

/** The size of a fault file: the longest name of a fault, and some white space. */
const FAULT_FILE_BYTES = 64;

/**
 * Starts both routers, with host keys that are kept in `folder`. While it runs, a file `<folder>/<router>.fault` with
 * the name of a fault ('refuse', 'hang:hello', …) makes the router fail so, until the file is gone.
 * Throws PORT_IN_USE, ADDRESS_UNUSABLE, DATA_FOLDER_UNUSABLE; then none is running.
 */
export async function startLab(folder: string, options: LabOptions = {}): Promise<Lab> {
  const routers: Router[] = [];
  const close = async () => {
    await Promise.all(routers.map((router) => router.close()));
  };
  try {
    for (const { name, host } of labRouters) {
      const router = await startRouter({
        name,
        host,
        port: options.port ?? LAB_PORT,
        login: LAB_LOGIN,
        password: LAB_PASSWORD,
        hostKeyPem: hostKeyOf(folder, name),
        fault: options.faults?.get(name) ?? { kind: 'none' },
        faultSource: faultFile(join(folder, `${name}.fault`), options.report ?? (() => {})),
      });
      routers.push(router);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { routers, close };
}

/** Returns the fault in a file each time it is called; undefined if there is none, or an unknown one. */
function faultFile(path: string, report: (line: string) => void): () => Fault | undefined {
  let reported: string | undefined;
  return () => {
    const text = readFault(path);
    const fault = text === undefined ? undefined : faultNames.get(text);
    if (text !== undefined && fault === undefined && text !== reported) {
      report(`${path} names no fault; the faults are ${[...faultNames.keys()].join(', ')}`);
    }
    reported = text;
    return fault;
  };
}

function readFault(path: string): string | undefined {
  try {
    return readTextFileSync(path, FAULT_FILE_BYTES).trim();
  } catch (error) {
    // No such file is the normal case. Any other error counts as an unknown fault.
    return hasCode(error, 'ENOENT') ? undefined : '';
  }
}
