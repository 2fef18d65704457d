/** The kind of a request to the double: the service, and the operation. */
export type RequestKind =
  | 'token'
  | 'list'
  | 'lookup'
  | 'show'
  | 'create'
  | 'update'
  | 'delete'
  | 'events'
  | 'resources'
  | 'other';

/** The way in which a request fails. */
export type ServiceFault =
  /** An error of the service, in its own envelope. */
  | { readonly kind: 'status'; readonly status: number }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** No answer, until the client goes away or the double ends. */
  | { readonly kind: 'hang' }
  /** A page, as a proxy would send it. */
  | { readonly kind: 'html'; readonly status?: number }
  /** JSON that doesn't end before `bytes`. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** A status without a body. */
  | { readonly kind: 'empty'; readonly status?: number };

/** The requests that fail, and their number. */
export interface FaultScope {
  /** The next `times` that match; one by default. */
  readonly times?: number;
  /** All kinds by default. */
  readonly of?: RequestKind;
  /** Whether the service executes the request, and only the answer fails. */
  readonly isDone?: boolean;
}

/** The pending faults. */
export class ServiceFaults {
  readonly #waiting: { fault: ServiceFault; scope: FaultScope; left: number }[] = [];

  add(fault: ServiceFault, scope: FaultScope): void {
    this.#waiting.push({ fault, scope, left: scope.times ?? 1 });
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** Takes the fault of this request, or null if it has none. */
  take(kind: RequestKind): { readonly fault: ServiceFault; readonly isDone: boolean } | null {
    const index = this.#waiting.findIndex(({ scope }) => scope.of === undefined || scope.of === kind);
    const found = this.#waiting[index];
    if (found === undefined) return null;
    found.left -= 1;
    if (found.left <= 0) this.#waiting.splice(index, 1);
    return { fault: found.fault, isDone: found.scope.isDone ?? false };
  }
}

/** Returns the kind of a request. */
export function kindOf(method: string, path: readonly string[]): RequestKind {
  const [first, , collection, name, id, part] = path;
  if (first === 'identity') return method === 'POST' ? 'token' : 'other';
  if (first !== 'v1' || collection !== 'stacks') return 'other';
  if (name === undefined) return method === 'GET' ? 'list' : method === 'POST' ? 'create' : 'other';
  if (id === undefined) return 'lookup';
  if (part === 'events' || part === 'resources') return part;
  return ({ GET: 'show', PUT: 'update', DELETE: 'delete' } as const)[method] ?? 'other';
}
