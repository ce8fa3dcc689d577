import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  configFields,
  FleetError,
  parseRunConfig,
  parseRunFile,
  resolveRunConfig,
  runConfigJsonSchema,
  runConfigYaml,
} from '#protocol';

function refusal(text: string, flags: Record<string, unknown> = {}): string {
  try {
    resolveRunConfig(parseRunFile(text, 'run.yaml'), flags);
  } catch (cause) {
    if (cause instanceof FleetError) return cause.message;
    throw cause;
  }
  throw new Error(`accepted: ${text}`);
}

describe('a run file', () => {
  it('gives values, flags win, the rest is default', () => {
    const file = parseRunFile('clients: 20\nhiddenLayers: [32, 16]\nlearningRate: 1e-2 # fast\n', 'f');
    expect(resolveRunConfig(file, { clients: '5', rounds: undefined })).toEqual(
      parseRunConfig({ clients: 5, hiddenLayers: [32, 16], learningRate: 0.01 }),
    );
  });

  it.each(['', '# nothing\n', 'clients:\n', 'hiddenLayers: "128,64"\n'])(
    'takes %j for the defaults',
    (text) => expect(resolveRunConfig(parseRunFile(text, 'f'), {})).toEqual(parseRunConfig({})),
  );

  it.each<[string, string]>([
    ['seed: 1\nclients: 0\n', 'run.yaml:2:10: clients 0: '],
    ['seed: 1\n\nstrategy: "odd"\n', 'run.yaml:3:11: strategy "odd": '],
    ['hiddenLayers: [8, x]\n', 'run.yaml:1:15: hiddenLayers [8,"x"]: '],
    ['clients: {a: 1}\n', 'run.yaml:1:10: clients {"a":1}: '],
    ['seed: 1\nclinets: 5\n', 'run.yaml:2:1: unknown field "clinets"'],
    ['sample-size: 5\n', 'run.yaml:1:1: unknown field "sample-size"; write sampleSize'],
    ['--round-timeout: 5\n', 'run.yaml:1:1: unknown field "--round-timeout"; write roundTimeoutS'],
    ['seed: 1\nseed: 2\n', 'run.yaml:2:1: '],
    ['seed: [1\n', 'run.yaml:2:1: '],
    ['- seed: 1\n', 'run.yaml:1:1: must be lines of the form'],
    ['seed: *nowhere\n', 'run.yaml: Unresolved alias'],
  ])('refuses %j with its line and column', (text, start) => {
    expect(refusal(text).slice('invalid configuration: '.length)).toMatch(
      new RegExp(`^${start.replaceAll(/[[\](){}.*+?^$|\\]/g, '\\$&')}`),
    );
  });

  it('names the flag when the fault is the flag’s', () => {
    expect(refusal('clients: 5\n', { clients: '0' })).toMatch(/^invalid configuration: --clients "0": /);
  });

  it('is what runConfigYaml writes, for any configuration', () => {
    const config = fc.record(
      {
        clients: fc.integer({ min: 1, max: 10_000 }),
        hiddenLayers: fc.array(fc.integer({ min: 1, max: 999 }), { maxLength: 16 }),
        learningRate: fc.double({ min: 1e-12, max: 100, noNaN: true }),
        dataDir: fc.string({ minLength: 1 }),
        output: fc.string({ minLength: 1 }),
        sampleSize: fc.integer({ min: 1, max: 1e8 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(config, (input) => {
        // A path that reads as a URL with a password would be shown without it.
        fc.pre(![input.dataDir, input.output].some((text) => text !== undefined && URL.canParse(text)));
        const parsed = parseRunConfig(input);
        expect(resolveRunConfig(parseRunFile(runConfigYaml(parsed), 'f'), {})).toEqual(parsed);
      }),
      { numRuns: 300 },
    );
  });

  it('is written without passwords', () => {
    const config = parseRunConfig({ db: 'postgres://ann:secret@db/fleet' });
    expect(runConfigYaml(config)).toContain('db: postgres://ann@db/fleet\n');
  });
});

describe('the JSON Schema of a run file', () => {
  it('has every field with type or choices, and no other', () => {
    const schema = runConfigJsonSchema();
    expect(Object.keys(schema.properties as object)).toEqual(configFields().map(({ key }) => key));
    expect(schema).toMatchObject({
      additionalProperties: false,
      properties: { clients: { type: 'integer', minimum: 1, maximum: 10_000, default: 10 } },
    });
  });
});
