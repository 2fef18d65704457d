import type { JsonObject } from '../kernel/index.ts';

/** The facts about a stack that its template may use. */
interface KnownStack {
  readonly id: string;
  readonly name: string;
  readonly project: string;
}

/** The parameters that every stack has without declaring them. */
export function pseudoParameters({ id, name, project }: KnownStack): JsonObject {
  return { 'OS::stack_id': id, 'OS::project_id': project, 'OS::stack_name': name };
}
