import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const entryPoint = fileURLToPath(new URL('../../dist/bin/mlaas.js', import.meta.url));
const scriptCommand = '/usr/bin/script';

/** Whether there is util-linux's `script`, which runs a command in a pseudo-terminal. */
export const hasTerminal = existsSync(scriptCommand);

export interface Conversation {
  /** The questions in their order. */
  readonly asked: readonly string[];
  /** All that was shown, without control characters. */
  readonly shown: string;
  readonly code: number | null;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Runs `mlaas` in a pseudo-terminal and answers each of its questions: with the keys of the first
 * pattern that fits, else with Enter.
 */
export async function converse(
  args: readonly string[],
  answers: readonly (readonly [RegExp, string])[],
  cwd: string,
): Promise<Conversation> {
  const command = [process.execPath, entryPoint, ...args].map(quoted).join(' ');
  const child = spawn(scriptCommand, ['-qec', `stty cols 300 rows 50; exec ${command}`, '/dev/null'], {
    cwd,
    env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const asked: string[] = [];
  let [written, shown] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    // Of the whole: a piece may end in the middle of a control sequence.
    written += piece;
    shown = stripVTControlCharacters(written);
    for (const [, question = ''] of shown.matchAll(/◆ {2}(.+?)\r?\n/g)) {
      if (asked.includes(question)) continue;
      asked.push(question);
      const [, keys = ''] = answers.find(([pattern]) => pattern.test(question)) ?? [];
      child.stdin.write(`${keys}\r`);
    }
  });
  const [code] = await once(child, 'close');
  return { asked, shown, code };
}
