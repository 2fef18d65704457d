/** The components on which a process stands, lower ones first. */
const components = [
  () => import('../../schema/compile-model.ts'),
  () => import('../../database/open.ts'),
  () => import('../../controller/controller.ts'),
  () => import('../../worker/worker.ts'),
  () => import('../../api/api.ts'),
] as const;

/**
 * Loads the components one after the other. The loader of Node opens all files that one step of it needs at once, which may
 * be more than a process may have open.
 */
export async function loadComponents(): Promise<void> {
  for (const load of components) await load();
}
