import { kamadoError } from '../kernel/errors.ts';
import type { Model, ResourceType } from '../model/model.ts';
import type { Dialect } from './sql.ts';

/** What every unit knows. */
export interface UnitContext {
  readonly model: Model;
  readonly dialect: Dialect;
}

/** The type of that id. @throws TYPE_UNKNOWN */
export function typeOf({ model }: UnitContext, id: string): ResourceType {
  const type = model.types.get(id);
  if (type === undefined) throw kamadoError('TYPE_UNKNOWN', { type: id });
  return type;
}
