import { HotFault, type HotFaultKind } from '../../src/hot/index.ts';

/** Recognises a fault by its kind and its whole message. */
export function isFaultOf(kind: HotFaultKind, message: string): (error: unknown) => boolean {
  return (error) => error instanceof HotFault && error.kind === kind && error.message === message;
}
