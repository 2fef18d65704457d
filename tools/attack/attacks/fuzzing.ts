import type { Attack, Size, Stage } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { type Answer, Client } from '../client.ts';
import { checkAnswer } from '../fuzz/answer-checks.ts';
import { type FuzzRequest, nextRequest } from '../fuzz/requests.ts';
import { readServedTypes } from '../fuzz/served-types.ts';

const REQUESTS: { readonly [size in Size]: number } = { small: 3_000, whole: 60_000 };
const AT_ONCE = 8;
/** The number of ids that are remembered of each type: older ones are dropped, so that most used ids exist. */
const KNOWN_IDS = 200;

/** Random requests derived from the served schemas, most of them nearly correct. */
export const fuzzing: Attack = {
  name: 'fuzzing',
  about: 'random requests over the served schemas',
  prepare: () => onlyCatalog('fuzz'),
  run: async (stage) => {
    const client = new Client(stage.target.port, AT_ONCE);
    try {
      await fuzz(stage, client);
    } finally {
      client.close();
    }
  },
};

async function fuzz({ target, random, size, findings }: Stage, client: Client): Promise<void> {
  const types = await readServedTypes(client);
  const ids = new Map<string, string[]>(types.map(({ id }) => [id, []]));
  const ledger = new Ledger();
  let left = REQUESTS[size];
  const runNext = async (): Promise<void> => {
    while (left-- > 0 && target.ended() === null) {
      const request = nextRequest(types, random, ids);
      ledger.before(request);
      try {
        const answer = await client.send(request.sent);
        findings.count('requests');
        checkAnswer(request, answer, findings);
        remember(ids, request, answer);
        ledger.after(request, answer);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        findings.violate('no answer', `${request.sent.method} ${request.sent.path.slice(0, 200)}: ${reason}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
  for (const url of ledger.kept) {
    const { status } = await client.send({ method: 'GET', path: url });
    findings.count('kept resources');
    if (status !== 200) findings.violate('a resource that was created is gone', `${url}: ${status}`);
  }
}

function remember(ids: ReadonlyMap<string, string[]>, { kind, type }: FuzzRequest, answer: Answer): void {
  if (kind !== 'create' || answer.status !== 201) return;
  const known = ids.get(type.id);
  known?.push(createdId(answer));
  if (known !== undefined && known.length > KNOWN_IDS) known.shift();
}

function createdId({ text }: Answer): string {
  const body: { readonly [singular: string]: { readonly id: string } } = JSON.parse(text);
  return Object.values(body)[0]?.id ?? '';
}

/**
 * The resources that must exist at the end: those that were created, and that no request has deleted, nor their parent.
 */
class Ledger {
  readonly #created = new Set<string>();
  readonly #deleted = new Set<string>();

  before({ kind, type, id }: FuzzRequest): void {
    if (kind === 'delete' && id !== null) this.#deleted.add(`${type.url}/${encodeURIComponent(id)}`);
  }

  after({ kind, type }: FuzzRequest, answer: Answer): void {
    // A child is deleted with its parent.
    if (kind !== 'create' || answer.status !== 201 || type.parent !== null) return;
    this.#created.add(`${type.url}/${encodeURIComponent(createdId(answer))}`);
  }

  get kept(): readonly string[] {
    return [...this.#created].filter((url) => !this.#deleted.has(url));
  }
}
