import { type ChildProcess, spawn } from 'node:child_process';

/** A slowed process runs in one of four slices of this length. */
const sliceMs = 40;

/**
 * Lets a child process run a quarter of the time, as on a busy device.
 * @param isCancelled asked at every slice: whether it shall run freely from now on
 */
export function slowProcess(child: ChildProcess, seconds: number, isCancelled: () => boolean): void {
  const release = releaseWhenOrphaned(child);
  let slices = Math.ceil((seconds * 1000) / sliceMs);
  const timer = setInterval(() => {
    slices--;
    const isOver = slices <= 0 || isCancelled() || child.exitCode !== null || child.signalCode !== null;
    child.kill(isOver || slices % 4 === 0 ? 'SIGCONT' : 'SIGSTOP');
    if (!isOver) return;
    clearInterval(timer);
    release();
  }, sliceMs);
}

/**
 * A stopped process cannot notice that its parent was killed: a shell that does lets it run on, to its end.
 * @returns what ends the watch
 */
function releaseWhenOrphaned({ pid }: ChildProcess): () => void {
  // It reads a pipe that nobody writes to, and whose other end goes with this process.
  const watch = spawn('/bin/sh', ['-c', 'read -r _; kill -CONT "$1"', 'sh', String(pid)], {
    // A session of its own: Ctrl-C must not end it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell an orphan stays stopped; that is no reason not to slow it.
  watch.on('error', () => {});
  return () => void watch.kill('SIGKILL');
}
