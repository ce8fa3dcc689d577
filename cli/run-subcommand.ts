import { type Command, CommanderError } from 'commander';
import { errorRegistry, FleetError, toFleetError } from '#protocol';

/**
 * Parses and runs one subcommand. Whatever goes wrong becomes one line on stderr, with its code
 * and what to do, and the documented exit code. `MLAAS_DEBUG=1` adds the stack.
 */
export async function runCommand(command: Command, argv: readonly string[]): Promise<void> {
  for (const each of [command, ...command.commands]) {
    each
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .showSuggestionAfterError();
  }
  try {
    await command.parseAsync(argv, { from: 'user' });
  } catch (cause) {
    if (cause instanceof CommanderError) {
      if (cause.exitCode === 0) return;
      if (cause.code === 'commander.help') {
        // A command that needs a subcommand has printed them.
        process.exitCode = errorRegistry.USAGE.exitCode;
        return;
      }
      report(new FleetError('USAGE', cause.message.replace(/^error: /, '')));
    } else {
      report(toFleetError(cause));
    }
  }
}

/** Ends the process because what it prints cannot be written, on a full disk for one. */
export function fail(cause: Error): void {
  report(new FleetError('OUTPUT_UNWRITABLE', `standard output (${cause.message})`, { cause }));
  process.exit();
}

function report(error: FleetError): void {
  process.stderr.write(`mlaas: ${error.toLine()}\n`);
  if (process.env.MLAAS_DEBUG) process.stderr.write(`${error.stack}\n${describeCause(error.cause)}`);
  process.exitCode = error.exitCode;
  // A library's open handle must not keep a failed command alive.
  if (error.exitCode === errorRegistry.INTERNAL.exitCode) process.exit();
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? `caused by ${cause.stack}\n` : '';
}
