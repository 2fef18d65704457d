import type { BehaviourStyle } from '../schema/index.ts';

/** How names, values, types and status machines look in the words about a type. */
export interface TypeStyle extends BehaviourStyle {
  /** Of a status machine that every type can use. */
  readonly machine: (name: string) => string;
}

/** What a status machine is called. */
export function machineWords(name: string): string {
  return `status machine ${name}`;
}
