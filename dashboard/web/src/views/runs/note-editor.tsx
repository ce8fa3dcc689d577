import { useState } from 'preact/hooks';
import { askServer, troubleText } from '../../state/http.js';
import { Trouble } from '../../ui/trouble.js';
import type { StoredRun } from './stored-runs.js';

interface NoteEditorProps {
  readonly run: StoredRun;
  /** @param isChanged whether there is something new */
  readonly onClose: (isChanged: boolean) => void;
}

/** Tags and a note of a run, to be changed. */
export function NoteEditor({ run, onClose }: NoteEditorProps) {
  const [tags, setTags] = useState(run.tags.join(', '));
  const [note, setNote] = useState(run.note);
  const [trouble, setTrouble] = useState<string>();
  const save = async (): Promise<void> => {
    const names = tags.split(',').map((tag) => tag.trim());
    const body = { note, tags: names.filter((tag) => tag !== '') };
    try {
      await askServer(`/api/runs/${encodeURIComponent(run.id)}/note`, { method: 'PUT', body });
      onClose(true);
    } catch (cause) {
      setTrouble(troubleText(cause));
    }
  };
  return (
    <form
      class="note-editor"
      aria-label={`Notes on ${run.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label>
        Tags, with commas between them
        <input type="text" value={tags} onInput={({ currentTarget }) => setTags(currentTarget.value)} />
      </label>
      <label>
        Note
        <textarea rows={3} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
      <p class="actions">
        <button type="submit" class="primary">
          Save
        </button>
        <button type="button" onClick={() => onClose(false)}>
          Cancel
        </button>
        <Trouble text={trouble} />
      </p>
    </form>
  );
}
