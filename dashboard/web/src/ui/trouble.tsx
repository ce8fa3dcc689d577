/** Why the last thing that the user asked for was not done; nothing when it was. */
export function Trouble({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <span class="warning" role="alert">
      {text}
    </span>
  );
}
