import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const root = '/usr/lib/postgresql';

/** The newest PostgreSQL that Debian has installed here, or undefined. */
export const postgresBin: string | undefined = existsSync(root)
  ? readdirSync(root)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(root, version, 'bin'))
      .find((bin) => existsSync(join(bin, 'initdb')))
  : undefined;

/** PostgreSQL refuses to run as root. */
const runAs: { uid?: number; gid?: number } =
  process.getuid?.() === 0
    ? {
        uid: Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' })),
        gid: Number(execFileSync('id', ['-g', 'postgres'], { encoding: 'utf8' })),
      }
    : {};

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A PostgreSQL server of the test's own, to be killed. */
export class PostgresServer {
  readonly folder: string;
  readonly port: number;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  /** @param dataParent where its data lies; a temporary folder by default */
  static async start(dataParent = tmpdir()): Promise<PostgresServer> {
    const folder = mkdtempSync(join(dataParent, 'mlaas-pg-'));
    if (runAs.uid !== undefined && runAs.gid !== undefined) chownSync(folder, runAs.uid, runAs.gid);
    execFileSync(
      join(postgresBin!, 'initdb'),
      [
        ...['-D', join(folder, 'data'), '-A', 'trust', '-U', 'mlaas', '--no-sync', '--no-instructions'],
        // The user's own may not be installed.
        '--locale=C.UTF-8',
      ],
      { ...runAs, stdio: 'ignore', cwd: folder },
    );
    // Free when it is taken: making the cluster took seconds.
    const server = new PostgresServer(folder, await freePort());
    await server.run();
    return server;
  }

  get url(): string {
    return `postgres://mlaas@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts it, also after a kill. */
  async run(): Promise<void> {
    for (;;) {
      const child = spawn(
        join(postgresBin!, 'postgres'),
        [
          ...['-D', join(this.folder, 'data'), '-p', String(this.port), '-k', this.folder],
          ...['-c', 'listen_addresses=127.0.0.1', '-c', 'shared_buffers=16MB', '-c', 'max_connections=20'],
          // Processes are killed here, never the operating system: it keeps what they wrote. Syncing the whole
          // folder at each start would take a slow disk minutes.
          ...['-c', 'fsync=off'],
        ],
        { ...runAs, stdio: 'ignore', cwd: this.folder },
      );
      this.#process = child;
      // After a kill the first starts end at once, until the last orphan has let the shared memory go.
      while (child.exitCode === null) {
        if (await this.#answers()) return;
        await sleep(100);
      }
      await sleep(200);
    }
  }

  /** Waits until it answers again after a crash of its own, and starts it where it gave up. */
  async recovered(): Promise<void> {
    while (this.#process?.exitCode === null) {
      if (await this.#answers()) return;
      await sleep(100);
    }
    await this.run();
  }

  /** Kills the server's processes with SIGKILL: a session that outlives the first would still take rows. */
  async kill(): Promise<void> {
    const child = this.#process!;
    const ended = once(child, 'exit');
    const { stdout } = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' });
    child.kill('SIGKILL');
    for (const pid of stdout.split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // Gone by itself.
      }
    }
    await ended;
  }

  /** Stops all of its processes, or lets them go on: it then takes connections and answers nothing. */
  hang(isHanging: boolean): void {
    const pid = this.#process?.pid ?? 0;
    const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
    for (const each of [String(pid), ...stdout.split('\n').filter(Boolean)]) {
      process.kill(Number(each), isHanging ? 'SIGSTOP' : 'SIGCONT');
    }
  }

  async remove(): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGQUIT');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => {});
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Stands between a client and a server, and cuts what goes through it. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  /** Bytes that still go through to the server before everything is cut; undefined lets all through. */
  cutAfterBytes: number | undefined;
  cuts = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(target: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from
        .on('error', () => {})
        .on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
    }
    server.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      if (this.cutAfterBytes === undefined || data.byteLength <= this.cutAfterBytes) {
        if (this.cutAfterBytes !== undefined) this.cutAfterBytes -= data.byteLength;
        server.write(data);
        return;
      }
      server.write(data.subarray(0, this.cutAfterBytes));
      this.cutAfterBytes = undefined;
      this.cuts++;
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}
