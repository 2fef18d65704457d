/** The failure of work on a resource, in Heat's words. */
export class ResourceFailure extends Error {
  /** The class of exceptions: 'ValueError'. null for a text without one. */
  readonly error: string | null;
  /** The path from the requested stack down to the resource, through nested stacks. */
  readonly path: readonly string[];
  readonly reason: string;

  constructor(error: string | null, path: readonly string[], reason: string) {
    super(error === null ? reason : `${error}: ${path.map(placeOf).join('.')}: ${reason}`);
    this.error = error;
    this.path = path;
    this.reason = reason;
  }
}

function placeOf(resource: string): string {
  return /^\d+$/.test(resource) ? `resources[${resource}]` : `resources.${resource}`;
}

/** The work on a resource was ended from outside. */
export class WorkCancelled extends Error {
  override readonly cause: 'user' | 'timeout';

  constructor(cause: 'user' | 'timeout') {
    super();
    this.cause = cause;
  }
}

/** The engine was killed: the resource doesn't change any more, and nothing is recorded. */
export class EngineKilled extends Error {}
