import { confirm, select, text } from '@clack/prompts';
import { FleetError } from '#protocol';

export interface Choice {
  readonly value: string;
  /** What it is, in a line. */
  readonly hint: string;
}

/** Asks people on the terminal. Every question throws INTERRUPTED when it is answered with Ctrl-C. */
export const ask = {
  async choice(message: string, choices: readonly Choice[], initialValue: string): Promise<string> {
    const options = choices.map(({ value, hint }) => ({ value, label: value, hint }));
    return answered<string>(await select({ message, options, initialValue, maxItems: 12 }));
  },

  /** @param fault what is wrong with an answer; it is shown and the question stays */
  async text(
    message: string,
    initialValue: string,
    fault: (answer: string) => string | undefined,
  ): Promise<string> {
    return answered<string>(
      await text({ message, initialValue, validate: (answer) => fault((answer ?? '').trim()) }),
    ).trim();
  },

  async yesOrNo(message: string, initialValue: boolean): Promise<boolean> {
    return answered<boolean>(await confirm({ message, initialValue }));
  },
};

function answered<T extends string | boolean>(answer: T | symbol): T {
  if (typeof answer === 'symbol') throw new FleetError('INTERRUPTED', 'the wizard was left');
  return answer;
}
