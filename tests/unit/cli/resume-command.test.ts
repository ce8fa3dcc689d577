import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import resumeCommand from '#internal/cli/resume-command.js';
import { configHash, parseRunConfig, type RunEvent, RunEventStream } from '#protocol';
import { openStore, Recorder } from '#store';
import { roundFinished, started, unexpected } from '../store/recorded-events.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlaas-resume-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stores a run that stopped after its first round. */
async function storeRun(runId: string, saveWeights: boolean): Promise<void> {
  const config = parseRunConfig({
    clients: 2,
    rounds: 2,
    checkpointDir: join(folder, 'checkpoints'),
    saveWeights,
  });
  const store = await openStore({ storeDir: folder });
  const events = new RunEventStream();
  const recorder = new Recorder(store, events, unexpected);
  events.publish({ ...started(runId), config, configSha256: configHash(config) } as RunEvent);
  events.publish(roundFinished(1));
  await recorder.close();
  await store.close();
}

const resume = async (runId: string): Promise<unknown> =>
  await resumeCommand().parseAsync([runId, '--store-dir', folder], { from: 'user' });

describe('mlaas resume', () => {
  it('says that a run kept no checkpoints, and how they are kept', async () => {
    await storeRun('none', false);
    await expect(resume('none')).rejects.toMatchObject({
      code: 'RESUME_IMPOSSIBLE',
      detail: expect.stringMatching(
        /^run none kept no checkpoints \(--no-save-weights\).* without this flag/,
      ),
    });
  });

  it('names the checkpoint that is missing', async () => {
    await storeRun('gone', true);
    await expect(resume('gone')).rejects.toMatchObject({
      code: 'RESUME_IMPOSSIBLE',
      detail: expect.stringMatching(/gone\/round-1\.checkpoint: no such file; checkpoints lie elsewhere/),
    });
  });
});

describe('mlaas resume --help', () => {
  it('names defaults of the flags alone that say where the run is found', () => {
    const helpOf = (flag: string) => resumeCommand().options.find(({ long }) => long === flag)?.description;
    expect(helpOf('--store-dir')).toContain('(default: data/store)');
    expect(helpOf('--db')).toContain('default: the embedded store');
    for (const flag of ['--checkpoint-dir', '--start-timeout', '--port', '--broker-port']) {
      expect(helpOf(flag)).toContain('as the run had it)');
      expect(helpOf(flag)).not.toContain('default');
    }
  });
});
