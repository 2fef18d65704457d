import { Client } from '../client.ts';

const AT_ONCE = 4;

/** Creates a shelf and items on it, each with a text of so many bytes. */
export async function fillWithItems(port: number, items: number, textBytes: number): Promise<void> {
  const client = new Client(port, AT_ONCE);
  try {
    const shelf = await create(client, '/v1.0/shelves', { shelf: { name: `filled-${items}` } });
    await times(items, () => create(client, '/v1.0/items', { item: { shelf_id: shelf, text: 'x'.repeat(textBytes) } }));
  } finally {
    client.close();
  }
}

/** Creates shelves, on which no worker works, each with a text of so many bytes. */
export async function fillWithShelves(port: number, shelves: number, textBytes: number): Promise<void> {
  const client = new Client(port, AT_ONCE);
  try {
    await times(shelves, (n) =>
      create(client, '/v1.0/shelves', { shelf: { name: `shelf-${n}`, text: 'x'.repeat(textBytes) } }),
    );
  } finally {
    client.close();
  }
}

async function times(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let left = count;
  const runNext = async (): Promise<void> => {
    while (left-- > 0) await work(left);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
}

async function create(client: Client, path: string, body: object): Promise<string> {
  const { status, text } = await client.json('POST', path, body);
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${text.slice(0, 500)}`);
  const created: { readonly [singular: string]: { readonly id: string } } = JSON.parse(text);
  return Object.values(created)[0]?.id ?? '';
}
