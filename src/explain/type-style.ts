import type { BehaviourStyle } from '../schema/index.ts';

/** The style of names, values, types and status machines in texts about a type. */
export interface TypeStyle extends BehaviourStyle {
  /** The style of a built-in status machine. */
  readonly machine: (name: string) => string;
}

/** The name of a status machine in texts. */
export function machineWords(name: string): string {
  return `status machine ${name}`;
}
