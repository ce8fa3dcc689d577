/** Which chosen clients were there to be sent to work, and a second measure of the global model. */
export const availability = `
ALTER TABLE client_rounds ADD COLUMN availability_flag bool;
ALTER TABLE rounds ADD COLUMN attempted_clients int4;
ALTER TABLE rounds ADD COLUMN global_aux_metric float8;
`;
