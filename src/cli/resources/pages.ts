import type { Json } from '../../kernel/index.ts';
import { type Answer, type HttpClient, listOf, objectOf } from '../http-client.ts';

/** A page of a list. */
export interface Page {
  readonly items: readonly Json[];
  /** All that match, as far as the server says; else what the page holds. */
  readonly total: number;
}

/**
 * The pages of a list, each where the one before says that it is (`Link`, RFC 8288): a server ends them at its own limits.
 * @param most items that are asked for in all; null: every one
 * @throws SERVER_REFUSED, SERVER_UNREACHABLE
 */
export async function* pagesOf(
  client: HttpClient,
  path: string,
  key: string,
  most: number | null = null,
): AsyncGenerator<Page> {
  let left = most ?? Number.POSITIVE_INFINITY;
  for (let next: string | null = path; next !== null; ) {
    const answer: Answer = await client.send('GET', next);
    const items = listOf(client, answer, objectOf(client, answer)[key]).slice(0, left);
    yield { items, total: Number(answer.headers.get('x-total-count') ?? items.length) };
    left -= items.length;
    // A page without anything on it can't be followed by one that has something.
    next = items.length > 0 && left > 0 ? nextPath(answer) : null;
  }
}

/** The items of all pages. */
export async function everyItem(client: HttpClient, path: string, key: string): Promise<readonly Json[]> {
  const items: Json[] = [];
  for await (const page of pagesOf(client, path, key)) items.push(...page.items);
  return items;
}

/** The path of the next page at the same server, or null. */
export function nextPath({ headers }: Answer): string | null {
  return /<(\/(?!\/)[^>]*)>\s*;\s*rel="?next"?/i.exec(headers.get('link') ?? '')?.[1] ?? null;
}
