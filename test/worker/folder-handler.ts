import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handler } from '../../src/worker/handler.ts';

/** Keeps a folder for each resource, with its body in it. */
export function folderHandler(root: string): Handler {
  return {
    name: 'folder_worker',
    canModify: true,
    run: async (job, { log }) => {
      const folder = join(root, job.resource_type, job.resource_id);
      if (job.action === 'delete' || job.action === 'logical_delete') {
        await rm(folder, { recursive: true, force: true });
        return {};
      }
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'body.json'), JSON.stringify(job.resource_input));
      log.info({ version: job.version }, 'The folder is up to date.');
      return { folder };
    },
  };
}
