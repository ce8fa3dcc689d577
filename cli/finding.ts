/** One thing that `mlaas doctor` has looked at. `ok` false does not stop a run by itself: `detail` says what it means. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}
