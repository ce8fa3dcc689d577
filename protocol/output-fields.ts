import { z } from 'zod';
import { field } from './config-field.js';
import { idPattern } from './topics.js';

/** What a run and its CSV are called. */
export const outputFields = {
  name: field(z.string().regex(idPattern, 'letters, digits, - and _ only, at most 64').optional(), {
    flag: '--name',
    placeholder: 'NAME',
    group: 'Output',
    scope: 'deployment',
    description: 'name of the run and of its CSV; default: made from dataset, strategy and time',
  }),
  output: field(z.string().min(1).optional(), {
    flag: '--output',
    placeholder: 'FILE',
    group: 'Output',
    scope: 'deployment',
    description: 'CSV, one row a client and round; a bare name goes under outputs/runs/',
  }),
};
