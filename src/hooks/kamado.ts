import { errorCatalogue, limits } from '../kernel/index.ts';

// The module that the modules of a catalogue import as 'kamado'; its types are in catalog/common/kamado.d.ts.

/** The hooks that a module exports, not checked yet. */
export class DefinedHooks {
  readonly type: unknown;
  readonly hooks: unknown;

  constructor(type: unknown, hooks: unknown) {
    this.type = type;
    this.hooks = hooks;
  }
}

const defined = new Set<DefinedHooks>();

/** Declares the hooks of a type, for a module to export. */
export function defineHooks(type: unknown, hooks: unknown): DefinedHooks {
  const own = new DefinedHooks(type, hooks);
  defined.add(own);
  return own;
}

/** The hooks that were defined since the last call. Those that no module exports would never run. */
export function takeDefined(): readonly DefinedHooks[] {
  const recent = [...defined];
  defined.clear();
  return recent;
}

/** The refusal that a client receives. */
interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** The error of `refuse`: a hook that throws it refuses a request on purpose. */
export class HookRefusal extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'HookRefusal';
    this.refusal = refusal;
  }
}

const codePattern = /^[A-Z][A-Z0-9_]{2,63}$/;

/**
 * Returns the error by which a hook refuses a request, for it to throw.
 * @throws TypeError for a refusal that could not be answered, which is a fault of the hook
 */
export function refuse({ status, code, message, remedy }: Refusal): HookRefusal {
  if (!Number.isInteger(status) || status < 400 || status > 499) {
    throw new TypeError('refuse: status must be an integer from 400 to 499');
  }
  if (typeof code !== 'string' || !codePattern.test(code)) {
    throw new TypeError('refuse: code must be capitals, digits and _, 3 to 64 of them, a capital first');
  }
  if (Object.hasOwn(errorCatalogue, code)) throw new TypeError(`refuse: ${code} is an error of Kamado itself`);
  for (const [name, text] of Object.entries({ message, remedy })) {
    if (typeof text !== 'string' || text.length > limits.refusalLength) {
      throw new TypeError(`refuse: ${name} must be a text of at most ${limits.refusalLength} characters`);
    }
  }
  return new HookRefusal({ status, code, message, remedy });
}
