import type { SeriesSpan } from '../../../server/frames/metrics.js';
import { Choice } from './choice.js';

const spans = [
  ['recent', 'last 3 min'],
  ['whole', 'whole run'],
] as const;

interface SpanChoiceProps {
  readonly value: SeriesSpan;
  readonly onChange: (span: SeriesSpan) => void;
}

/** How much of the run its time series show. */
export function SpanChoice({ value, onChange }: SpanChoiceProps) {
  return <Choice label="Time" value={value} options={spans} onChange={onChange} />;
}
