import type { Model, ResourceType } from './model.ts';

/** The types with rows, each after the types that it refers to, except in cycles. */
export function inReferenceOrder(model: Model): readonly ResourceType[] {
  const ordered = new Set<ResourceType>();
  const visit = (type: ResourceType, above: ReadonlySet<string>): void => {
    if (ordered.has(type) || above.has(type.id)) return;
    const path = new Set([...above, type.id]);
    for (const property of type.properties) {
      const target = property.relation === null ? undefined : model.types.get(property.relation);
      if (target?.routed) visit(target, path);
    }
    ordered.add(type);
  };
  for (const type of model.types.values()) if (type.routed) visit(type, new Set());
  return [...ordered];
}
