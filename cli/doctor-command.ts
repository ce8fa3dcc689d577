import { execFile } from 'node:child_process';
import { createConnection, createServer } from 'node:net';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { datasetNames, locateDataset, probeEngines } from '#learning';
import { cacheFinding } from './cache-finding.js';
import type { Finding } from './finding.js';
import { storeFinding } from './store-finding.js';
import { addStoreLocationFlags, type StoreLocationFlags } from './store-flags.js';

interface DoctorFlags extends StoreLocationFlags {
  dataDir?: string;
  cacheDir?: string;
  broker?: string;
  json?: boolean;
}

/** `mlaas doctor`: what this machine has and lacks. */
export default function doctorCommand(): Command {
  return addStoreLocationFlags(
    new Command('mlaas doctor').description(
      'Tell what this machine has and lacks: Node, training engine, database, broker, data, browser.',
    ),
  )
    .option('--data-dir <DIR>', 'folder that holds the datasets')
    .option('--cache-dir <DIR>', 'where decoded datasets are kept')
    .option('--broker <URL>', 'an external MQTT broker to try')
    .option('--json', 'print the findings as one line of JSON on stdout')
    .addHelpText('after', '\nExample:\n  $ mlaas doctor --data-dir ~/data --db postgres://localhost/fleet')
    .action(examine);
}

async function examine(flags: DoctorFlags): Promise<void> {
  const findings = [
    nodeFinding(),
    machineFinding(),
    ...(await engineFindings()),
    await storeFinding(flags),
    await brokerFinding(flags.broker),
    await portFinding('dashboard port', 8080, '--port N'),
    await cacheFinding(flags.cacheDir),
    ...(await datasetFindings(flags)),
    await browserFinding(),
  ];
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(findings)}\n`);
    return;
  }
  for (const { what, ok, detail } of findings) {
    process.stdout.write(`${ok ? 'ok     ' : 'missing'}  ${what.padEnd(24)} ${detail}\n`);
  }
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { what: 'Node', ok, detail: `${process.version}${ok ? '' : '; 20.19 or newer is needed'}` };
}

function machineFinding(): Finding {
  const memory = `${Math.round(totalmem() / 1e9)} GB`;
  const cpu = cpus()[0]?.model.trim() ?? 'unknown processor';
  return {
    what: 'machine',
    ok: true,
    detail: `${platform()}-${arch()}, ${availableParallelism()} cores (${cpu}), ${memory}`,
  };
}

async function engineFindings(): Promise<Finding[]> {
  const engines = await probeEngines();
  return engines.map(({ name, version, available, reason }) => ({
    what: `engine ${name}`,
    ok: available,
    detail: available ? version : (reason ?? 'not available'),
  }));
}

async function brokerFinding(url: string | undefined): Promise<Finding> {
  if (url === undefined) return portFinding('broker port', 1883, 'nothing: the next free port is taken');
  try {
    const { hostname, port } = new URL(url);
    await new Promise<void>((resolve, reject) => {
      const socket = createConnection({ host: hostname, port: Number(port || 1883), timeout: 3000 });
      socket.once('connect', () => socket.end(resolve));
      socket.once('timeout', () => socket.destroy(new Error('no answer within 3 s')));
      socket.once('error', reject);
    });
    return { what: 'broker', ok: true, detail: `${hostname}:${port || 1883} answers` };
  } catch (cause) {
    return { what: 'broker', ok: false, detail: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function portFinding(what: string, port: number, remedy: string): Promise<Finding> {
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  return { what, ok: free, detail: free ? `${port} is free` : `${port} is taken; remedy: ${remedy}` };
}

async function datasetFindings(flags: DoctorFlags): Promise<Finding[]> {
  return Promise.all(
    datasetNames.map(async (name) => {
      const found = await locateDataset(name, flags);
      return {
        what: `dataset ${name}`,
        ok: found !== undefined,
        detail: found ?? 'not on this machine: downloaded when asked for, or give --data-dir',
      };
    }),
  );
}

/** Only the tests need a browser of their own; the page works in any. */
async function browserFinding(): Promise<Finding> {
  const what = 'browser (tests)';
  for (const candidate of ['chromium', 'google-chrome', 'chromium-browser']) {
    try {
      const { stdout } = await promisify(execFile)(candidate, ['--version'], { timeout: 10_000 });
      return { what, ok: true, detail: stdout.trim() };
    } catch {
      // Not installed under this name; the next one may be.
    }
  }
  return { what, ok: false, detail: 'no Chromium found; the browser tests are skipped without it' };
}
