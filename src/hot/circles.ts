import { HotFault } from './hot-fault.ts';
import type { HotTemplate } from './template.ts';

/** Checks that the resources have an order in which each comes after those that it requires. Throws HotFault. */
export function checkCircles({ resources }: HotTemplate): void {
  const left = new Map([...resources].map(([name, { requires }]) => [name, new Set(requires)]));
  for (;;) {
    const free = [...left].filter(([, requires]) => requires.size === 0).map(([name]) => name);
    if (free.length === 0) break;
    for (const name of free) left.delete(name);
    for (const requires of left.values()) for (const name of free) requires.delete(name);
  }
  if (left.size === 0) return;
  const described = (name: string) => `${resources.get(name)?.type.split('::').at(-1)} "${name}"`;
  const circle = [...left].map(
    ([name, requires]) => `${described(name)}: {${[...requires].map(described).join(', ')}}`,
  );
  throw new HotFault('circle', `Circular Dependency Found: {${circle.join(', ')}}`);
}
