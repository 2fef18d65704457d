/** The kinds of faults of a template or of its parameters. */
export type HotFaultKind =
  /** The text isn't a HOT document. */
  | 'format'
  /** `heat_template_version` names no version. */
  | 'version'
  /** A section, a property or a parameter is invalid. */
  | 'invalid'
  /** A parameter is given that the template doesn't declare. */
  | 'unknown_parameter'
  /** A parameter without a default isn't given. */
  | 'missing_parameter'
  /** A resource is named that the template doesn't define. */
  | 'reference'
  /** Resources require each other. */
  | 'circle'
  /** A function has invalid arguments. */
  | 'function';

/** A fault of a template or of its parameters; the message is the one that Heat gives. */
export class HotFault extends Error {
  readonly kind: HotFaultKind;

  constructor(kind: HotFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Whether an error is a fault of that kind. */
export function isHotFault(error: unknown, kind: HotFaultKind): error is HotFault {
  return error instanceof HotFault && error.kind === kind;
}

/** A fault of a section, a property or a parameter. */
export function invalidHot(message: string): HotFault {
  return new HotFault('invalid', message);
}

/** Returns the fault of a text that isn't a HOT document. */
export function formatFault(reason: string): HotFault {
  return new HotFault('format', `Template not in valid format: ${reason}`);
}
