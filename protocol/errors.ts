/**
 * The error registry: every error that a user can meet has a code, an exit code, one line of what
 * happened and one of what to do. `docs/errors.md` is generated from it.
 *
 * Exit codes come in ranges: 2 usage and configuration, 10-19 data, 20-29 broker and network,
 * 30-39 store and output, 40-49 agents and training, 50-59 requests over HTTP, 70 a defect of ours, 130 interrupted.
 */
interface ErrorSpec {
  readonly exitCode: number;
  readonly title: string;
  readonly what: (detail: string) => string;
  readonly todo: string;
}

const spec = (
  exitCode: number,
  title: string,
  what: (detail: string) => string,
  todo: string,
): ErrorSpec => ({ exitCode, title, what, todo });

/** All errors by code. `detail` names the value at fault. */
export const errorRegistry = Object.freeze({
  CONFIG_INVALID: spec(
    2,
    'A flag or configuration value is not valid',
    (d) => `invalid configuration: ${d}`,
    'Correct the value; `mlaas generate --help` lists every flag with its range.',
  ),
  USAGE: spec(2, 'The command line cannot be read', (d) => d, 'See `mlaas --help`.'),
  DATASET_UNKNOWN: spec(
    10,
    'The dataset is not known',
    (d) => `unknown dataset ${d}`,
    'Choose one of the datasets that `mlaas doctor` lists.',
  ),
  DATASET_UNAVAILABLE: spec(
    11,
    'The dataset is neither on disk nor downloadable',
    (d) => `dataset not available: ${d}`,
    'Give the folder that holds it with --data-dir, or use the built-in --dataset synthetic_digits.',
  ),
  DATASET_CORRUPT: spec(
    12,
    'A dataset file is damaged',
    (d) => `dataset file is corrupt: ${d}`,
    'Delete the file and fetch it again, or give another folder with --data-dir.',
  ),
  PARTITION_IMPOSSIBLE: spec(
    13,
    'The data cannot be divided as asked',
    (d) => `cannot partition the data: ${d}`,
    'Use fewer clients, more samples or another --strategy or --distribution-param.',
  ),
  CACHE_UNWRITABLE: spec(
    15,
    'The cache folder of datasets cannot be written',
    (d) => `cannot write the cache folder: ${d}`,
    'Give another folder with --cache-dir, or check permissions and free space of this one.',
  ),
  CSV_INVALID: spec(
    14,
    'A CSV file cannot be merged',
    (d) => `cannot read as CSV: ${d}`,
    'Correct the file, or leave it out.',
  ),
  DATASET_INVALID: spec(
    16,
    'A table of your own cannot be learnt from',
    (d) => `cannot learn from the table: ${d}`,
    'Correct the file, or choose its columns with --dataset-arg target=NAME and --dataset-arg drop=NAMES.',
  ),
  PORT_IN_USE: spec(
    20,
    'A port is taken by another process',
    (d) => `port in use: ${d}`,
    'Choose another with --port N (dashboard) or --broker-port N (broker); 0 takes any free one.',
  ),
  BROKER_UNREACHABLE: spec(
    21,
    'The MQTT broker does not answer',
    (d) => `cannot reach the MQTT broker: ${d}`,
    'Check --broker and that the broker runs, or leave --broker out to use the embedded one.',
  ),
  BROKER_LOST: spec(
    22,
    'The MQTT broker went away during a run and did not come back',
    (d) => `lost the MQTT broker: ${d}`,
    'Start the broker again; then the `mlaas resume` command that the run has printed, if any, goes on after the last finished round.',
  ),
  BROKER_REFUSED: spec(
    23,
    'The MQTT broker refused the connection',
    (d) => `the MQTT broker refused the connection: ${d}`,
    'Check the user name and password in --broker, or the agent token in MLAAS_AGENT_TOKEN.',
  ),
  STORE_LOCKED: spec(
    30,
    'Another process holds the embedded store',
    (d) => `the store is in use: ${d}`,
    'Wait for that run to end, stop it, or give another folder with --store-dir.',
  ),
  STORE_UNREACHABLE: spec(
    31,
    'The database does not answer',
    (d) => `cannot reach the database: ${d}`,
    'Check --db and that the server runs, or leave --db out to use the embedded store.',
  ),
  STORE_VERSION: spec(
    32,
    'The store was made by a newer version',
    (d) => `the store has a newer schema: ${d}`,
    'Update mlaas-fleet, or give another folder with --store-dir or database with --db.',
  ),
  STORE_FAILED: spec(
    33,
    'The store reported an error',
    (d) => `store error: ${d}`,
    'Check free disk space and permissions of the store; `mlaas doctor` tells what it finds.',
  ),
  QUERY_FAILED: spec(
    34,
    'The query is not valid or took too long',
    (d) => `query failed: ${d}`,
    'Correct the SQL; docs/schema.md lists tables and columns. Queries are read-only.',
  ),
  RUN_UNKNOWN: spec(
    35,
    'No such run in the store',
    (d) => `no run ${d} in the store`,
    '`mlaas runs` lists the stored runs.',
  ),
  OUTPUT_UNWRITABLE: spec(
    36,
    'The output file cannot be written',
    (d) => `cannot write the output: ${d}`,
    'Check folder, permissions and free space, or give another path.',
  ),
  EXPORT_EXISTS: spec(
    37,
    'The folder for the exported dataset is taken',
    (d) => `already there: ${d}`,
    'Give another folder with --out, or remove this one.',
  ),
  EXPORT_DAMAGED: spec(
    38,
    'An exported dataset is not as it was written',
    (d) => `damaged dataset: ${d}`,
    'Get an unchanged copy of the files named, or export the runs again.',
  ),
  EXPORT_VERSION: spec(
    39,
    'An exported dataset is of another version',
    (d) => `cannot read this version of a dataset: ${d}`,
    'Use the version of mlaas-fleet that its dataset.json names as generator, or a newer one.',
  ),
  RESUME_IMPOSSIBLE: spec(
    45,
    'The run cannot go on from where it stopped',
    (d) => `cannot resume: ${d}`,
    'Give the folder of its checkpoints with --checkpoint-dir, or start a new run with the same flags and seed.',
  ),
  AGENTS_MISSING: spec(
    40,
    'No agent connected in time',
    (d) => `no agent connected: ${d}`,
    'Look at the agents’ logs in the folder named above, or raise --start-timeout.',
  ),
  ENGINE_UNAVAILABLE: spec(
    41,
    'No training engine can be loaded',
    (d) => `no training engine: ${d}`,
    'Run `npm ci` again, then `mlaas doctor` to see which engines load.',
  ),
  TRAINING_FAILED: spec(
    42,
    'Local training failed',
    (d) => `training failed: ${d}`,
    'Lower --learning-rate if the loss is not finite; see the agent’s log.',
  ),
  AGENT_REFUSED: spec(
    43,
    'The agent does not belong to this run',
    (d) => `agent refused: ${d}`,
    'Check --run and --id, and that no other process uses the same id.',
  ),
  PLAN_INCOMPLETE: spec(
    44,
    'Some runs of a plan failed',
    (d) => `not all runs of the plan ended well: ${d}`,
    'The retry manifest lists them with stage and reason; correct it and give it with --plan.',
  ),
  REQUEST_INVALID: spec(
    50,
    'A request over HTTP cannot be read',
    (d) => `invalid request: ${d}`,
    'Correct the request; docs/querying.md and `GET /api/openapi.json` tell its form.',
  ),
  NOT_FOUND: spec(
    51,
    'Nothing is at that address of the server',
    (d) => `not found: ${d}`,
    'docs/querying.md lists the addresses; some belong to `mlaas up` alone.',
  ),
  CONFLICT: spec(
    52,
    'The state of the run does not allow what was asked over HTTP',
    (d) => d,
    'Ask again when the run has begun or has ended, whichever is missing, or when the agent is back.',
  ),
  UNAUTHORIZED: spec(
    53,
    'A request over HTTP lacks the token of the server',
    (d) => `access refused: ${d}`,
    'Open the address that the command has printed, or send its token as `Authorization: Bearer TOKEN`.',
  ),
  FORBIDDEN: spec(
    54,
    'A request over HTTP comes from a foreign page or for a foreign name',
    (d) => `access refused: ${d}`,
    'Use the page at the address that the command has printed, from no other page.',
  ),
  TOO_MANY_REQUESTS: spec(
    55,
    'More was asked over HTTP than the server answers',
    (d) => d,
    'Try again in a second.',
  ),
  STORE_BUSY: spec(
    56,
    'A long query would hold up the run that goes on',
    (d) => `the embedded store belongs to the run that goes on: the query was ${d}`,
    'Ask again when the run has ended, ask for less, or let runs store in PostgreSQL or TimescaleDB (--db), which answer beside a run.',
  ),
  INTERNAL: spec(
    70,
    'A defect in mlaas-fleet',
    (d) => `internal error: ${d}`,
    'Please report it with the command line and the output.',
  ),
  INTERRUPTED: spec(
    130,
    'The run was interrupted',
    (d) => `interrupted: ${d}`,
    'Rounds that were finished are stored; the `mlaas resume` command that the run has printed, if any, goes on after them.',
  ),
} satisfies Record<string, ErrorSpec>);

export type ErrorCode = keyof typeof errorRegistry;

/** An error from the registry. Its message is one line; `todo` says what to do about it. */
export class FleetError extends Error {
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly todo: string;
  /** The value at fault, as given. */
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options?: { cause?: unknown }) {
    const entry = errorRegistry[code];
    super(entry.what(detail.replace(/\s*[\r\n\u2028\u2029]\s*/g, ' ').trim()), options);
    this.name = 'FleetError';
    this.code = code;
    this.exitCode = entry.exitCode;
    this.todo = entry.todo;
    this.detail = detail;
  }

  /** `error CODE: what happened. What to do.` — the single line a user sees. */
  toLine(): string {
    return `error ${this.code}: ${this.message.replace(/\.$/, '')}. ${this.todo}`;
  }
}

/** Turns anything thrown into a registry error; unknown causes become `fallback`. */
export function toFleetError(cause: unknown, fallback: ErrorCode = 'INTERNAL'): FleetError {
  if (cause instanceof FleetError) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new FleetError(fallback, detail, { cause });
}
