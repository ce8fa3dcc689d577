/** Node has more than three hundred modules of its own; fewer entries are taken for something else. */
const least = 100;
const most = 10_000;
const countBytes = 8;

/**
 * A startup snapshot of Node without the code cache at its end: the compiled code of all of Node's own modules,
 * 3 MB that every process started from it would read and keep. What the snapshot's program has called of them is
 * compiled in its heap already; the rest is compiled when called. (Node's own option for it, `withoutCodeCache`,
 * leaves out the code of the program as well, which costs an agent 15 ms.)
 *
 * The cache is the last thing in the file: a count, then for each module its name and its code, each behind its
 * length; Node 20 ends a name with a zero. Found is only what reads so up to the file's very last byte.
 *
 * @returns undefined where there is none, or a version of Node writes it differently
 * Source: https://github.com/nodejs/node/blob/v20.x/src/node_snapshotable.cc, SnapshotData::ToBlob
 */
export function withoutCodeCache(snapshot: Buffer): Buffer | undefined {
  for (let at = 0; at + countBytes < snapshot.length; at++) {
    // The bytes of a count that are always zero, looked at first: this passes every byte of the file.
    if (snapshot[at + 2] !== 0 || snapshot[at + 3] !== 0 || snapshot[at + 4] !== 0) continue;
    const count = numberAt(snapshot, at);
    if (count < least || count > most) continue;
    if ([0, 1].some((ending) => endOfModules(snapshot, at + countBytes, count, ending) === snapshot.length)) {
      return Buffer.concat([snapshot.subarray(0, at), Buffer.alloc(countBytes)]);
    }
  }
  return undefined;
}

/** Where the modules end that begin at an offset; undefined where these are none. */
function endOfModules(bytes: Buffer, begin: number, count: number, ending: number): number | undefined {
  let at = begin;
  for (let i = 0; i < count; i++) {
    const code = at + countBytes + numberAt(bytes, at) + ending;
    // Every module has a name.
    if (code <= at + countBytes + ending || code + countBytes > bytes.length) return undefined;
    at = code + countBytes + numberAt(bytes, code);
    if (at > bytes.length - (i < count - 1 ? countBytes : 0)) return undefined;
  }
  return at;
}

/** Six of eight bytes: no length needs more. */
function numberAt(bytes: Buffer, at: number): number {
  return bytes.readUIntLE(at, 6);
}
