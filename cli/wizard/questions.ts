import type { DatasetInfo } from '#learning';
import { configFields, isRead, partitionStrategies, type StrategySpec } from '#protocol';
import { choicesOf } from '../combinations.js';
import { oneRoundFamilies } from '../families.js';
import type { Choice } from './ask.js';
import { explanations } from './explanations.js';

/** What has been answered so far: raw values by field of the run configuration. */
export type Answers = Readonly<Record<string, string>>;

/** A setting that the wizard asks for, where it has a meaning. */
export interface Question {
  readonly key: string;
  readonly applies: (answers: Answers, data: DatasetInfo) => boolean;
}

const isTrained = ({ modelType = '' }: Answers): boolean => !oneRoundFamilies.has(modelType);
const isMlp = ({ modelType }: Answers): boolean => modelType === 'mlp';
/** One epoch cannot end early. */
const hasEpochsToSpare = (answers: Answers): boolean =>
  isTrained(answers) && Number(answers.epochsPerRound ?? 1) > 1;
const always = (): boolean => true;

/** After dataset, task, family and strategy, in this order. */
export const questions: readonly Question[] = [
  { key: 'distributionParam', applies: ({ strategy }) => paramOf(strategy) !== undefined },
  { key: 'clients', applies: always },
  { key: 'sampleSize', applies: (_, { trainCount }) => trainCount > 10_000 },
  { key: 'rounds', applies: isTrained },
  { key: 'hiddenLayers', applies: ({ modelType }) => isRead('hiddenLayers', { modelType }) },
  { key: 'activation', applies: isMlp },
  { key: 'dropout', applies: isMlp },
  { key: 'optimizer', applies: isTrained },
  { key: 'learningRate', applies: isTrained },
  { key: 'batchSize', applies: isTrained },
  { key: 'epochsPerRound', applies: isTrained },
  { key: 'earlyStoppingPatience', applies: hasEpochsToSpare },
  { key: 'clientDropoutRate', applies: always },
  { key: 'seed', applies: always },
  { key: 'output', applies: always },
];

/** The partition strategies that need no file. */
export function strategyChoices(): Choice[] {
  return Object.entries(partitionStrategies)
    .filter(([value]) => value !== 'custom')
    .map(([value, { summary }]) => ({ value, hint: summary }));
}

/** What `distributionParam` means to a strategy; undefined where it takes none. */
function paramOf(strategy: string | undefined): StrategySpec['param'] {
  const specs: Readonly<Record<string, StrategySpec>> = partitionStrategies;
  return strategy === undefined ? undefined : specs[strategy]?.param;
}

/** The choices of a field, each with its explanation. */
export function choicesFor(key: string, among: readonly string[] = choicesOf(key)): Choice[] {
  return among.map((value) => ({ value, hint: explanations[key]?.[value] ?? '' }));
}

/**
 * What is told of a field: its meaning in a line, and its default as text.
 * @returns undefined for a field that the configuration lacks
 */
export function aboutField(
  key: string,
  { strategy }: Answers,
): { meaning: string; standard: string } | undefined {
  const param = key === 'distributionParam' ? paramOf(strategy) : undefined;
  if (param !== undefined) return { meaning: param.meaning, standard: String(param.default) };
  const field = configFields().find((one) => one.key === key);
  if (field === undefined) return undefined;
  const { default: standard = '' } = field.jsonSchema;
  return { meaning: field.description, standard: String(standard) };
}
