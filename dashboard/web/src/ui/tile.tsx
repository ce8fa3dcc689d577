interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly isWarning?: boolean;
}

/** One figure, large, with what it is and a note. */
export function Tile({ name, value, note, isWarning = false }: TileProps) {
  return (
    <div class="panel tile">
      <span class="tile-name">{name}</span>
      <span class="tile-value" data-tile={name} title={value}>
        {value}
      </span>
      <span class={isWarning ? 'tile-note warning' : 'tile-note'} title={note}>
        {note}
      </span>
    </div>
  );
}
