import { type Entry, type FormField, standardOf } from './run-form.js';

interface FieldControlProps {
  readonly field: FormField;
  readonly entry: Entry | undefined;
  /** Gets undefined when the control is left to its default. */
  readonly onChange: (entry: Entry | undefined) => void;
}

/** The control that a field's schema asks for, with its name and what it means. */
export function FieldControl({ field, entry, onChange }: FieldControlProps) {
  const { key, description } = field;
  const hint = `hint-${key}`;
  return (
    <div class="field">
      <label for={`field-${key}`}>{key}</label>
      <Control field={field} entry={entry} onChange={onChange} />
      <p class="hint" id={hint}>
        {description}
      </p>
    </div>
  );
}

function Control({ field, entry, onChange }: FieldControlProps) {
  const { key, jsonSchema } = field;
  const standard = standardOf(field);
  const common = { id: `field-${key}`, 'aria-describedby': `hint-${key}` };
  if (jsonSchema.enum !== undefined) {
    return (
      <select
        {...common}
        value={String(entry ?? '')}
        onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
      >
        <option value="">{standard === '' ? 'by default' : `${standard} (default)`}</option>
        {jsonSchema.enum
          .filter((choice) => choice !== standard)
          .map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
      </select>
    );
  }
  if (jsonSchema.type === 'boolean') {
    return (
      <input
        {...common}
        type="checkbox"
        checked={entry === undefined ? standard === 'true' : entry === true}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    );
  }
  const text = {
    ...common,
    placeholder: standard,
    value: String(entry ?? ''),
    onInput: ({ currentTarget }: InputEvent & { readonly currentTarget: HTMLInputElement }) =>
      onChange(currentTarget.value || undefined),
  };
  if (jsonSchema.type !== 'integer' && jsonSchema.type !== 'number') return <input {...text} type="text" />;
  const { minimum, maximum } = jsonSchema;
  return (
    <input
      {...text}
      type="number"
      step={jsonSchema.type === 'integer' ? 1 : 'any'}
      {...(minimum === undefined ? {} : { min: minimum })}
      {...(maximum === undefined ? {} : { max: maximum })}
      // A field that is folded away cannot be pointed at.
      onInvalid={({ currentTarget }) => currentTarget.closest('details')?.setAttribute('open', '')}
    />
  );
}
