import { Command, Option } from 'commander';
import { Agent, findSeat, type Seat } from '#edge-agents';
import { agentId, clientIndex, FleetError, idPattern } from '#protocol';

interface AgentFlags {
  broker: string;
  run: string;
  id: string;
  token?: string;
  dataDir?: string;
  cacheDir?: string;
}

/** `mlaas agent`: one edge agent, started by the supervisor or by hand on any machine. */
export default function createAgentCommand(): Command {
  return new Command('mlaas agent')
    .description('Join a run as one agent. Everything else it learns over MQTT.')
    .addOption(
      new Option('--broker <URL>', 'MQTT broker of the run, such as mqtt://192.0.2.7:1883')
        .env('MLAAS_BROKER')
        .makeOptionMandatory(),
    )
    .option(
      '--run <RUN>',
      'run id, as `mlaas up` prints it; auto: the newest on the broker, or the next',
      'auto',
    )
    .option('--id <ID>', 'agent id: c0000 to the number of clients less one; auto: a free one', 'auto')
    .addOption(
      new Option(
        '--token <TOKEN>',
        'password on the embedded broker; in the environment it stays private',
      ).env('MLAAS_AGENT_TOKEN'),
    )
    .option('--data-dir <DIR>', 'folder that holds the datasets, if the run uses one that is not built in')
    .option('--cache-dir <DIR>', 'where decoded datasets are kept')
    .addHelpText(
      'after',
      `
auto needs an external broker: on the embedded one every agent has a password of its own.

Examples:
  $ mlaas agent --broker mqtt://192.0.2.7:1883
  $ MLAAS_AGENT_TOKEN=… mlaas agent --broker mqtt://192.0.2.7:1883 --run 20260102-030405-1a2b3c --id c0008`,
    )
    .action(join);
}

async function join(flags: AgentFlags): Promise<void> {
  const boot = Date.now() - Math.round(process.uptime() * 1000);
  if (!/^mqtts?:\/\//.test(flags.broker)) {
    throw new FleetError(
      'CONFIG_INVALID',
      `--broker ${flags.broker}: must be mqtt://host:port or mqtts://host:port`,
    );
  }
  const seat = await seatOf(flags, boot);
  const agent = new Agent({
    broker: flags.broker,
    ...seat,
    token: flags.token,
    dataDir: flags.dataDir,
    cacheDir: flags.cacheDir,
    boot,
    onReady: () => process.send?.('ready'),
  });
  const stop = (): void => void agent.stop('stopped by a signal');
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // The supervisor is gone, however it ended.
  process.once('disconnect', stop);
  // Or was before anybody listened: this process takes a while to load.
  if (process.connected === false) stop();
  try {
    await agent.done();
  } finally {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    if (process.connected) process.disconnect();
  }
}

/** The run and client that the flags name, asked of the run's aggregator where they leave it open. */
async function seatOf(flags: AgentFlags, boot: number): Promise<Seat> {
  const run = flags.run === 'auto' ? undefined : flags.run;
  if (run !== undefined && !idPattern.test(run)) {
    throw new FleetError('CONFIG_INVALID', `--run ${run}: not a run id`);
  }
  if (flags.id !== 'auto') {
    const client = clientIndex(flags.id);
    if (client === undefined) {
      throw new FleetError(
        'CONFIG_INVALID',
        `--id ${flags.id}: must be auto, or c and four digits, such as c0008`,
      );
    }
    if (run === undefined)
      throw new FleetError('CONFIG_INVALID', `--id ${flags.id}: needs the --run that it is of`);
    return { run, client };
  }
  const controller = new AbortController();
  const stop = (): void =>
    controller.abort(new FleetError('INTERRUPTED', 'while waiting for a seat in a run'));
  process.once('SIGTERM', stop).once('SIGINT', stop);
  try {
    const seat = await findSeat({ broker: flags.broker, run, boot, signal: controller.signal });
    process.stderr.write(`run ${seat.run}: ${agentId(seat.client)}\n`);
    return seat;
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop);
  }
}
