import type { Attack, Size, Stage } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { Client } from '../client.ts';
import { fillWithShelves } from './items.ts';

interface Load {
  readonly rows: number;
  readonly rowBytes: number;
  readonly lists: number;
}

const LOADS: { readonly [size in Size]: Load } = {
  small: { rows: 60, rowBytes: 240_000, lists: 4 },
  whole: { rows: 1_000, rowBytes: 240_000, lists: 40 },
};
/** A page ends at 8 MiB, but holds at least one row; the envelope and the other properties are small. */
const PAGE_BYTES = 9 * 1024 * 1024;
const AT_ONCE = 8;

/** Lists of rows that are as large as rows can be. */
export const largeLists: Attack = {
  name: 'large-lists',
  about: 'lists of rows that are as large as rows can be',
  prepare: () => onlyCatalog('fuzz'),
  run: async (stage) => {
    const load = LOADS[stage.size];
    await fillWithShelves(stage.target.port, load.rows, load.rowBytes);
    const client = new Client(stage.target.port, AT_ONCE);
    try {
      await followOneList(stage, load, client);
      await listAtOnce(stage, load, client);
    } finally {
      client.close();
    }
  },
};

/** Follows the links of one list to its end: every row must occur once. */
async function followOneList({ findings }: Stage, { rows }: Load, client: Client): Promise<void> {
  const seen = new Set<string>();
  let path: string | undefined = '/v1.0/shelves?limit=10000';
  while (path !== undefined) {
    const { status, text, headers } = await client.send({ method: 'GET', path });
    if (status !== 200) return findings.violate('a page that is no page', `${path}: ${status} ${text.slice(0, 300)}`);
    findings.count('pages');
    if (Buffer.byteLength(text) > PAGE_BYTES) findings.violate('a page that is too large', `${text.length} bytes`);
    const { shelves }: { readonly shelves: readonly { readonly id: string }[] } = JSON.parse(text);
    for (const { id } of shelves) {
      if (seen.has(id)) findings.violate('a row that comes twice', id);
      seen.add(id);
    }
    path = /<([^>]+)>; rel="next"/.exec(String(headers.link ?? ''))?.[1];
  }
  findings.count('rows', seen.size);
  if (seen.size !== rows) findings.violate('a list that is not whole', `${seen.size} of ${rows} rows`);
}

async function listAtOnce({ findings, target }: Stage, { lists }: Load, client: Client): Promise<void> {
  let left = lists;
  const runNext = async (): Promise<void> => {
    while (left-- > 0 && target.ended() === null) {
      const { status, text, headers } = await client.send({ method: 'GET', path: '/v1.0/shelves?limit=2300' });
      findings.count(`status ${status}`);
      if (status === 503 && headers['retry-after'] !== undefined) continue;
      if (status !== 200) findings.violate('a list that fails', `${status} ${text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
}
