/** Epochs that a client made: fewer than asked for where it stopped early. */
export const epochs = `
ALTER TABLE client_rounds ADD COLUMN epochs int4;
`;
