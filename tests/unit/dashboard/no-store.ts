import { FleetError } from '#protocol';
import type { Queryable } from '#store';

/** For tests that ask no store. */
export const noStore: Queryable = {
  query: async () => {
    throw new FleetError('STORE_UNREACHABLE', 'gone');
  },
};
