import { intro, note, outro } from '@clack/prompts';
import { type DatasetInfo, datasetInfo, datasetNames, locateDataset, openDataset } from '#learning';
import { FleetError, parseRunConfig, type RunConfig, runConfigYaml, toFleetError } from '#protocol';
import { combinationsFor, tasks } from '../combinations.js';
import { ask } from './ask.js';
import { commandLine } from './command-line.js';
import { type Answers, aboutField, choicesFor, questions, strategyChoices } from './questions.js';
import { saveRunFile } from './save-run-file.js';

/** What somebody has chosen. */
export interface WizardResult {
  readonly config: RunConfig;
  readonly runNow: boolean;
}

const ownTable = 'csv';

/**
 * Asks for a run, shows the command that makes it, and saves it as a run file if wanted. Asks only
 * what has a meaning for the chosen dataset, task and family; every answer is checked at once.
 * @param given settings from flags, such as the folder of the data
 * @throws FleetError INTERRUPTED on Ctrl-C
 */
export async function wizard(given: Readonly<Record<string, unknown>>): Promise<WizardResult> {
  intro('mlaas wizard: a run in a few questions. Enter takes what is shown; Ctrl-C leaves.');
  const { data, answers: dataAnswers } = await askDataset(given);
  let answers: Answers = { ...dataAnswers, ...(await askModel(data, given)) };
  for (const { key, applies } of questions) {
    if (given[key] === undefined && applies(answers, data))
      answers = { ...answers, ...(await askField(key, answers, given)) };
  }
  const settings = { ...given, ...answers };
  const config = parseRunConfig(settings);
  note(commandLine(settings), 'The same as a command');
  await saveRunFile(runConfigYaml(config), ask);
  const runNow = await ask.yesOrNo('Run it now?', true);
  outro(runNow ? 'Here it goes.' : 'Until then.');
  return { config, runNow };
}

async function askDataset(
  given: Readonly<Record<string, unknown>>,
): Promise<{ data: DatasetInfo; answers: Answers }> {
  const choices = datasetNames.map((name) => {
    const { title, task, trainCount } = datasetInfo(name);
    return { value: name, hint: `${title}: ${task}, ${trainCount} training samples` };
  });
  const own = { value: ownTable, hint: 'a table of your own, as a CSV file' };
  const dataset = await ask.choice('Which dataset?', [...choices, own], 'synthetic_digits');
  if (dataset === ownTable) return await askTable(given);
  const place = await locateDataset(dataset, parseRunConfig(given));
  const answers = place === undefined ? await askFolder(dataset) : {};
  return { data: datasetInfo(dataset), answers: { dataset, ...answers } };
}

async function askFolder(dataset: string): Promise<Answers> {
  const dataDir = await ask.text(
    `${dataset} is not on this machine. The folder that holds it, or nothing to download it`,
    '',
    () => undefined,
  );
  return dataDir === '' ? {} : { dataDir };
}

async function askTable(
  given: Readonly<Record<string, unknown>>,
): Promise<{ data: DatasetInfo; answers: Answers }> {
  for (;;) {
    const required = (answer: string): string | undefined => (answer === '' ? 'is needed' : undefined);
    const file = await ask.text('Path of the CSV file', '', required);
    const target = await ask.text('Name of the column to predict', '', required);
    const answers = { dataset: `csv:${file}`, datasetArg: `target=${target}` };
    try {
      const dataset = await openDataset(answers.dataset, parseRunConfig({ ...given, ...answers }));
      await dataset.close();
      return { data: dataset.info, answers };
    } catch (cause) {
      note(toFleetError(cause).message, 'That does not work');
    }
  }
}

/** Task, family and strategy. */
async function askModel(data: DatasetInfo, given: Readonly<Record<string, unknown>>): Promise<Answers> {
  const possible = tasks.flatMap((task) => combinationsFor(task, [data], given));
  const taskNames: readonly string[] = possible.map(({ task }) => task);
  const first = possible[0];
  if (first === undefined) throw new FleetError('CONFIG_INVALID', `nothing can learn ${data.name}`);
  const taskType: string =
    possible.length === 1
      ? first.task
      : await ask.choice('Which task?', choicesFor('taskType', taskNames), data.task);
  const families = possible.find(({ task }) => task === taskType)?.families ?? [];
  const preferred = families.find((family) => family === data.suggestedModel) ?? families[0] ?? '';
  const modelType = await ask.choice('Which model family?', choicesFor('modelType', families), preferred);
  const strategy = await ask.choice('How is the data divided among the clients?', strategyChoices(), 'iid');
  return { ...(taskType === data.task ? {} : { taskType }), modelType, strategy };
}

async function askField(
  key: string,
  answers: Answers,
  given: Readonly<Record<string, unknown>>,
): Promise<Answers> {
  const about = aboutField(key, answers);
  if (about === undefined) return {};
  const { meaning, standard } = about;
  const label = `${key}: ${meaning}`;
  const choices = choicesFor(key);
  if (choices.length > 0) return { [key]: await ask.choice(label, choices, standard) };
  const answer = await ask.text(label, standard, (text) => {
    try {
      parseRunConfig({ ...given, ...answers, [key]: text === '' ? undefined : text });
      return undefined;
    } catch (cause) {
      return toFleetError(cause).detail;
    }
  });
  return answer === '' || answer === standard ? {} : { [key]: answer };
}
