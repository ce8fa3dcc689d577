import { isRead } from '#protocol';

/** Families that learn in one round what there is to learn, and not by gradients. */
export const oneRoundFamilies: ReadonlySet<string> = new Set(['random_forest', 'kmeans']);

/** The settings that mean something to a family. */
export function settingsFor(
  family: string,
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => isRead(key, { modelType: family })));
}
