/** `node dist/store/write-template.js`: makes the template of the embedded store, where it is not there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from './embedded-store.js';
import { findTemplate, packTemplate } from './embedded-template.js';

if (findTemplate() === undefined) {
  const storeDir = await mkdtemp(join(tmpdir(), 'mlaas-template-'));
  try {
    await (await openEmbeddedStore(storeDir)).close();
    await packTemplate(join(storeDir, 'database'));
  } finally {
    await rm(storeDir, { recursive: true, force: true });
  }
}
