/** What the double says of a request: which service is asked, and what for. */
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

/** How a request fails. */
export type ServiceFault =
  /** An error of the service, in its own envelope. */
  | { readonly kind: 'status'; readonly status: number }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** Nothing is answered, until the client goes away or the double ends. */
  | { readonly kind: 'hang' }
  /** A page, as something in between would send it. */
  | { readonly kind: 'html'; readonly status?: number }
  /** JSON that doesn't end before `bytes`. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** A status without a body. */
  | { readonly kind: 'empty'; readonly status?: number };

/** Which requests fail, and how many of them. */
export interface FaultScope {
  /** The next `times` that match; once where absent. */
  readonly times?: number;
  /** All kinds where absent. */
  readonly of?: RequestKind;
  /** True: the service does what it was asked, and only the answer fails. */
  readonly isDone?: boolean;
}

/** Faults that are still to come. */
export class ServiceFaults {
  readonly #waiting: { fault: ServiceFault; scope: FaultScope; left: number }[] = [];

  add(fault: ServiceFault, scope: FaultScope): void {
    this.#waiting.push({ fault, scope, left: scope.times ?? 1 });
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** The fault of this request, which is one less to come; null where it is well. */
  take(kind: RequestKind): { readonly fault: ServiceFault; readonly isDone: boolean } | null {
    const index = this.#waiting.findIndex(({ scope }) => scope.of === undefined || scope.of === kind);
    const found = this.#waiting[index];
    if (found === undefined) return null;
    found.left -= 1;
    if (found.left <= 0) this.#waiting.splice(index, 1);
    return { fault: found.fault, isDone: found.scope.isDone ?? false };
  }
}

/** What a request is for. */
export function kindOf(method: string, path: readonly string[]): RequestKind {
  const [first, , collection, name, id, part] = path;
  if (first === 'identity') return method === 'POST' ? 'token' : 'other';
  if (first !== 'v1' || collection !== 'stacks') return 'other';
  if (name === undefined) return method === 'GET' ? 'list' : method === 'POST' ? 'create' : 'other';
  if (id === undefined) return 'lookup';
  if (part === 'events' || part === 'resources') return part;
  return ({ GET: 'show', PUT: 'update', DELETE: 'delete' } as const)[method] ?? 'other';
}
