interface FactsListProps {
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly testId: string;
}

/** Names and values in columns, as many as there is room for. */
export function FactsList({ facts, testId }: FactsListProps) {
  return (
    <dl class="facts-list" data-testid={testId}>
      {facts.map(([name, value]) => (
        <div key={name} class="fact">
          <dt>{name}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
