import type { Command } from 'commander';

/** A command of `kamado`. Its code is loaded when it is called: help and version need none of it. */
export interface CommandEntry {
  readonly name: string;
  /** The name before 0.2, which works for one release and stands in no help. */
  readonly formerName?: string;
  /** A line for the help. */
  readonly summary: string;
  /** Loads what gives the command its options, arguments and action. */
  readonly load: () => Promise<{ readonly define: (command: Command) => void }>;
}

/** The commands, in the order of the help. A new one is a file and a line here. */
export const commands: readonly CommandEntry[] = [
  { name: 'up', summary: 'run every component in one process, until Ctrl-C', load: () => import('./up-command.ts') },
  {
    name: 'run',
    formerName: 'room',
    summary: 'run one component in a process of its own, until Ctrl-C; needs --etcd and --database postgres://…',
    load: () => import('./run-component-command.ts'),
  },
  {
    name: 'client',
    summary: 'list, show, create, set (change) and delete resources of every type that the server has',
    load: () => import('./client/client-command.ts'),
  },
  {
    name: 'timeline',
    summary: 'show what happened to a resource, also to one that is gone',
    load: () => import('./timeline-command.ts'),
  },
  { name: 'job', summary: 'look at jobs, try them again, cancel them', load: () => import('./job-command.ts') },
  {
    name: 'store',
    summary: 'look into the store, through the running server',
    load: () => import('./store-command.ts'),
  },
  {
    name: 'catalog',
    summary: 'write a catalogue: its schemas and templates',
    load: () => import('./catalog-command.ts'),
  },
  {
    name: 'schema',
    summary: 'explain a type; check is the same as catalog check',
    load: () => import('./schema-command.ts'),
  },
  {
    name: 'record',
    summary: 'write a run folder from a running system, until Ctrl-C; secrets are masked in it',
    load: () => import('./record-command.ts'),
  },
  {
    name: 'replay',
    summary: 'compare what a component does with a recorded run with what was recorded',
    load: () => import('./replay-command.ts'),
  },
];
