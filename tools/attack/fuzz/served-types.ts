import type { Client } from '../client.ts';
import type { PropertySchema } from './schema-values.ts';

/** A type as `GET /gohan/v0.1/schemas` shows it. */
export interface ServedType {
  readonly id: string;
  readonly url: string;
  readonly singular: string;
  readonly parent: string | null;
  readonly properties: ReadonlyMap<string, PropertySchema>;
}

interface ShownSchema {
  readonly id: string;
  readonly prefix: string;
  readonly singular: string;
  readonly parent?: string;
  readonly schema: { readonly properties: { readonly [name: string]: PropertySchema } };
}

/** The types that Kamado serves. */
export async function readServedTypes(client: Client): Promise<readonly ServedType[]> {
  const { text } = await client.send({ method: 'GET', path: '/gohan/v0.1/schemas' });
  const { schemas }: { readonly schemas: readonly ShownSchema[] } = JSON.parse(text);
  return schemas.map(({ id, prefix, singular, parent, schema }) => ({
    id,
    url: prefix,
    singular,
    parent: parent ?? null,
    properties: new Map(Object.entries(schema.properties)),
  }));
}
