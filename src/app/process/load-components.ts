/** The components on which a process stands, lower ones first. */
const components = [
  () => import('../../schema/index.ts'),
  () => import('../../database/index.ts'),
  () => import('../../controller/index.ts'),
  () => import('../../worker/index.ts'),
  () => import('../../api/index.ts'),
] as const;

/**
 * Loads the components one after the other. The loader of Node opens all files that one step of it needs at once, which may
 * be more than a process may have open.
 */
export async function loadComponents(): Promise<void> {
  for (const load of components) await load();
}
