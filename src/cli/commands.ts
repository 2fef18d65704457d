import type { Command } from 'commander';

/** A command of `kamado`. Its code is loaded when it is called: help and version need none of it. */
export interface CommandEntry {
  readonly name: string;
  /** A line for the help. */
  readonly summary: string;
  /** Gives the command its options, arguments and action. */
  readonly define: (command: Command) => Promise<void>;
}

const entry = (name: string, summary: string, define: CommandEntry['define']): CommandEntry => ({
  name,
  summary,
  define,
});

/** The commands, in the order of the help. A new one is a file and a line here. */
export const commands: readonly CommandEntry[] = [
  entry('up', 'run every room in one process, until Ctrl-C', async (command) =>
    (await import('./up-command.ts')).defineUp(command),
  ),
  entry(
    'room',
    'run one room in a process of its own, until Ctrl-C; needs --etcd and --database postgres://…',
    async (command) => (await import('./room-command.ts')).defineRoom(command),
  ),
  entry(
    'client',
    'list, show, create, set (change) and delete resources of every type that the server has',
    async (command) => (await import('./client/client-command.ts')).defineClient(command),
  ),
  entry('timeline', 'show what happened to a resource, also to one that is gone', async (command) =>
    (await import('./timeline-command.ts')).defineTimeline(command),
  ),
  entry('job', 'look at jobs, try them again, cancel them', async (command) =>
    (await import('./job-command.ts')).defineJob(command),
  ),
  entry('store', 'look into the store, through the running server', async (command) =>
    (await import('./store-command.ts')).defineStore(command),
  ),
  entry('catalog', 'write a catalogue: its schemas and templates', async (command) =>
    (await import('./catalog-command.ts')).defineCatalog(command),
  ),
  entry('schema', 'explain a type; check is the same as catalog check', async (command) =>
    (await import('./schema-command.ts')).defineSchema(command),
  ),
  entry('record', 'write a run folder from a running system, until Ctrl-C; secrets are masked in it', async (command) =>
    (await import('./record-command.ts')).defineRecord(command),
  ),
  entry('replay', 'compare what a room does with a recorded run with what was recorded', async (command) =>
    (await import('./replay-command.ts')).defineReplay(command),
  ),
];
