/** A hook as the operator wrote it; only their compiler knows its argument and result. */
export type HookFunction = (argument: object) => unknown;

/** The hooks of one catalogue, checked against its types. */
export interface LoadedHooks {
  /** SHA-256 over the modules, hex; null if there are none. Equal for equal modules. */
  readonly hash: string | null;
  /** The hooks of a type for an event, in order. */
  readonly of: (type: string, event: string) => readonly HookFunction[];
  readonly action: (type: string, name: string) => HookFunction | null;
}

/** The hooks of a catalogue without hooks. */
export const nothingLoaded: LoadedHooks = { hash: null, of: () => [], action: () => null };
