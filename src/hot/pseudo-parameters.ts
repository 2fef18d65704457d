import type { JsonObject } from '../kernel/index.ts';

/** The things that a template may know of its stack. */
interface KnownStack {
  readonly id: string;
  readonly name: string;
  readonly project: string;
}

/** The parameters that every stack has without declaring them. */
export function pseudoParameters({ id, name, project }: KnownStack): JsonObject {
  return { 'OS::stack_id': id, 'OS::project_id': project, 'OS::stack_name': name };
}
