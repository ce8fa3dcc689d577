import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const top = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('compose.yaml', top), 'utf8');
const { $schema: _, ...schema } = JSON.parse(
  readFileSync(new URL('compose-spec.schema.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

/** Whether a Compose file is valid by the specification's own JSON schema; fastify brings the validator. */
async function problemOf(file: unknown): Promise<string | undefined> {
  const app = fastify({
    ajv: {
      customOptions: { strict: false, validateFormats: false, coerceTypes: false, removeAdditional: false },
    },
  });
  app.post('/', { schema: { body: schema } }, async () => ({}));
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/', payload: file as object });
  return statusCode === 200 ? undefined : body;
}

describe('compose.yaml', () => {
  it('is valid by the Compose specification', async () => {
    expect(await problemOf(parse(text))).toBeUndefined();
  });

  it('would be refused with a service that is none', async () => {
    const file = parse(text) as { services: Record<string, object> };
    file.services.timescaledb = { ...file.services.timescaledb, imagee: 'x' };
    expect(await problemOf(file)).toContain('additional properties');
  });

  it('holds no secret and publishes nothing but the page, to this machine only', () => {
    const { services } = parse(text) as {
      services: Record<string, { environment?: Record<string, string>; ports?: string[] }>;
    };
    for (const { environment = {} } of Object.values(services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|TOKEN/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:\?/);
      }
    }
    expect(Object.values(services).flatMap(({ ports = [] }) => ports)).toEqual(['127.0.0.1:8080:8080']);
  });
});
