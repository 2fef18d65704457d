/** The components that a process uses, those of lower layers first. */
const components = [
  () => import('../../schema/index.ts'),
  () => import('../../database/index.ts'),
  () => import('../../controller/index.ts'),
  () => import('../../worker/index.ts'),
  () => import('../../api/index.ts'),
] as const;

/**
 * Loads the components one after the other. Node's loader opens all files of one import at once, which may be more than
 * a process may have open.
 */
export async function loadComponents(): Promise<void> {
  for (const load of components) await load();
}
