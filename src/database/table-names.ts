import type { ResourceType } from '../schema/index.ts';
import { quoted } from './sql.ts';

/** The name of a type's table. It has a prefix of ours: a type may be called like a word of SQL. */
export function tableName(typeId: string): string {
  return `r_${typeId}`;
}

/** The table of a type, as it stands in SQL. */
export function tableOf(type: ResourceType): string {
  return quoted(tableName(type.id));
}
