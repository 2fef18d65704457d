import { kamadoError } from '../../kernel/index.ts';
import { holdsFor, type ResourceType } from '../../schema/index.ts';
import type { Operation } from '../context.ts';
import type { TransactionFunction } from '../sql.ts';
import { evaluated, type Subject } from './evaluate.ts';

/** Refuses what a type's requirements don't allow. @throws REQUIREMENT_NOT_MET */
export function* checkRequirements(
  operation: Operation,
  type: ResourceType,
  subject: Subject,
): TransactionFunction<void> {
  for (const { name, that, reason } of type.behaviour.requires) {
    const place = `${type.id}, requires ${name}`;
    const isMet = yield* evaluated(operation, subject, (context) => holdsFor(that, context, place));
    if (!isMet) throw kamadoError('REQUIREMENT_NOT_MET', { type: type.id, requirement: name, reason });
  }
}
