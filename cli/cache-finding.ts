import { defaultCacheDir } from '#learning';
import type { Finding } from './finding.js';
import { whyUnwritable } from './writable-folder.js';

/** Whether datasets and the agents' startup snapshot can be kept. */
export async function cacheFinding(folder: string = defaultCacheDir()): Promise<Finding> {
  const what = 'cache folder';
  const reason = await whyUnwritable(folder);
  if (reason === undefined) return { what, ok: true, detail: folder };
  const detail = `${folder} cannot be written (${reason}); give another with --cache-dir`;
  return { what, ok: false, detail };
}
