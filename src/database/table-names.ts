import type { ResourceType } from '../schema/index.ts';
import { quoted } from './sql.ts';

/** The name of a type's table. The prefix keeps it apart from SQL keywords, which type names may equal. */
export function tableName(typeId: string): string {
  return `r_${typeId}`;
}

/** The table of a type, quoted for SQL. */
export function tableOf(type: ResourceType): string {
  return quoted(tableName(type.id));
}
