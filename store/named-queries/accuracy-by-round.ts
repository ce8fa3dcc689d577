import type { NamedQuery } from './named-query.js';

export const accuracyByRound: NamedQuery = {
  name: 'accuracy-by-round',
  description: 'The global model beside its clients’ local models, round by round.',
  sql: `SELECT round, global_accuracy, global_loss, accuracy_mean, accuracy_min, accuracy_max
    FROM rounds_summary WHERE run_id = $1 ORDER BY round`,
};
