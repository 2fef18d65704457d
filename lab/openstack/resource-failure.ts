/** Why a resource could not be made what it should be, as Heat words it. */
export class ResourceFailure extends Error {
  /** The class of exceptions: 'ValueError'; null where the text stands alone. */
  readonly error: string | null;
  /** From the stack that was asked for down to the resource, through nested stacks. */
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

/** The engine was killed: nothing more happens to the resource, and nothing is written down. */
export class EngineKilled extends Error {}
