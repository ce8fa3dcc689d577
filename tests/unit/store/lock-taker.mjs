// A process that takes and releases the lock of a folder as it is told to, a word a line.
import { createInterface } from 'node:readline';
import { StoreLock } from '#internal/store/lock.js';

const [dir] = process.argv.slice(2);
const say = (text) => process.stdout.write(`${text}\n`);
let lock;
createInterface({ input: process.stdin }).on('line', (word) => {
  if (word === 'release') {
    lock?.release();
    lock = undefined;
    say('released');
    return;
  }
  try {
    lock = StoreLock.take(dir);
    say('taken');
  } catch (error) {
    say(error.code ?? error.message);
  }
});
say('ready');
