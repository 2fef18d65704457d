/** The kinds of what can be wrong with a template or with the parameters that it is given. */
export type HotFaultKind =
  /** The text is no document of HOT. */
  | 'format'
  /** `heat_template_version` names no version. */
  | 'version'
  /** A section, a property or a parameter isn't as it must be. */
  | 'invalid'
  /** A parameter is given that the template doesn't declare. */
  | 'unknown_parameter'
  /** A parameter without a default isn't given. */
  | 'missing_parameter'
  /** A resource is named that the template doesn't define. */
  | 'reference'
  /** Resources require each other. */
  | 'circle'
  /** A function can't use what it is given. */
  | 'function';

/** A fault of a template or of its parameters; the message is the one that Heat gives. */
export class HotFault extends Error {
  readonly kind: HotFaultKind;

  constructor(kind: HotFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** True for a fault of that kind. */
export function isHotFault(error: unknown, kind: HotFaultKind): error is HotFault {
  return error instanceof HotFault && error.kind === kind;
}

/** A fault of a section, a property or a parameter. */
export function invalidHot(message: string): HotFault {
  return new HotFault('invalid', message);
}

/** A fault of what is no document of HOT. */
export function formatFault(reason: string): HotFault {
  return new HotFault('format', `Template not in valid format: ${reason}`);
}
