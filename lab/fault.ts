/**
 * The fault of a router. `refuse` resets each TCP connection; `hang` sends no more from a stage on; `drop` closes the
 * connection at that stage. The stages: TCP is connected, the password was accepted, the hellos are exchanged.
 */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'hang'; readonly after: FaultStage }
  | { readonly kind: 'drop'; readonly after: FaultStage };

/** The stage that a connection reaches before the fault. */
export type FaultStage = 'connect' | 'authenticate' | 'hello';

/** All faults by their names: 'none', 'refuse', 'hang:connect', … 'drop:hello'. */
export const faultNames: ReadonlyMap<string, Fault> = new Map<string, Fault>([
  ['none', { kind: 'none' }],
  ['refuse', { kind: 'refuse' }],
  ['hang:connect', { kind: 'hang', after: 'connect' }],
  ['hang:authenticate', { kind: 'hang', after: 'authenticate' }],
  ['hang:hello', { kind: 'hang', after: 'hello' }],
  ['drop:connect', { kind: 'drop', after: 'connect' }],
  ['drop:authenticate', { kind: 'drop', after: 'authenticate' }],
  ['drop:hello', { kind: 'drop', after: 'hello' }],
]);

/** Returns the effect of a fault on a connection that reached `stage`. */
export function faultAt(fault: Fault, stage: FaultStage): 'none' | 'hang' | 'drop' {
  switch (fault.kind) {
    case 'none':
    case 'refuse':
      return 'none';
    case 'hang':
    case 'drop':
      return fault.after === stage ? fault.kind : 'none';
  }
}
