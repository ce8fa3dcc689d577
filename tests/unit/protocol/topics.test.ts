import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agentId,
  agentMayPublish,
  agentMaySubscribe,
  clientIndex,
  idPattern,
  parseAgentTopic,
  topics,
} from '#protocol';

const run = 'r1';
const agent = 'c0001';
const channels = ['status', 'telemetry', 'update', 'result'] as const;
const own = channels.map((channel) => topics[channel](run, agent));
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe('agentMayPublish', () => {
  it('opens an agent’s own four channels', () => {
    for (const topic of own) expect(agentMayPublish(run, agent, topic)).toBe(true);
  });

  it.each([
    '',
    '/',
    '#',
    '+',
    'mlaas/v1/r1/agents/c0001',
    'mlaas/v1/r1/agents/c0001/',
    'mlaas/v1/r1/agents/c0001/#',
    'mlaas/v1/r1/agents/c0001/+',
    'mlaas/v1/r1/agents/c0001/status/',
    'mlaas/v1/r1/agents/c0001/status/x',
    'mlaas/v1/r1/agents/c0001//status',
    'mlaas/v1/r1/agents/+/status',
    'mlaas/v1/+/agents/c0001/status',
    'mlaas/v1/r1/agents/c0001/../c0002/status',
    'mlaas/v1/r1/agents/c0002/../c0001/status',
    'mlaas/v1/r1/agents/C0001/status',
    'mlaas/v1/r1/agents/c0001/STATUS',
    'mlaas/v1/r1/agents/c0001/commands',
    'mlaas/v1/r1/agents/c0001/constructor',
    'mlaas/v1/r2/agents/c0001/status',
    'mlaas/v2/r1/agents/c0001/status',
    '/mlaas/v1/r1/agents/c0001/status',
    'mlaas/v1/r1/agents/c0001/status\u0000',
    topics.status(run, 'c0002'),
    topics.commands(run, agent),
    topics.config(run),
    topics.plan(run),
    topics.model(run, 0),
  ])('closes %j', (topic) => {
    expect(agentMayPublish(run, agent, topic)).toBe(false);
  });

  it('closes everything that is not one of the four', () => {
    const level = fc.oneof(
      id,
      fc.constantFrom('', '+', '#', '..', 'mlaas', 'v1', run, 'agents', agent, 'status'),
    );
    const topic = fc.array(level, { maxLength: 8 }).map((levels) => levels.join('/'));
    fc.assert(
      fc.property(topic, (name) => {
        expect(agentMayPublish(run, agent, name)).toBe(own.includes(name));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('agentMaySubscribe', () => {
  it('opens configuration, plan, model and the agent’s own commands', () => {
    const open = [topics.config(run), topics.plan(run), topics.model(run, '+'), topics.commands(run, agent)];
    for (const filter of open) expect(agentMaySubscribe(run, agent, filter)).toBe(true);
  });

  it.each([
    '',
    '#',
    '+',
    '+/#',
    'mlaas/#',
    'mlaas/v1/r1/#',
    'mlaas/v1/+/plan',
    'mlaas/v1/r1/+',
    'mlaas/v1/r1/model/#',
    'mlaas/v1/r1/model/+/+',
    'mlaas/v1/r1/commands/+',
    'mlaas/v1/r1/commands/c0001/#',
    'mlaas/v1/r1/plan/',
    '$share/g/mlaas/v1/r1/plan',
    '$SYS/#',
    topics.commands(run, 'c0002'),
    topics.plan('r2'),
    topics.allAgents(run),
    ...own,
  ])('closes %j', (filter) => {
    expect(agentMaySubscribe(run, agent, filter)).toBe(false);
  });
});

describe('parseAgentTopic', () => {
  it('takes apart what topics puts together', () => {
    fc.assert(
      fc.property(id, id, fc.constantFrom(...channels), (someRun, someAgent, channel) => {
        const topic = topics[channel](someRun, someAgent);
        expect(parseAgentTopic(topic)).toEqual({ run: someRun, agent: someAgent, channel });
      }),
    );
  });

  it('knows nothing else', () => {
    for (const topic of [
      '',
      topics.plan(run),
      topics.commands(run, agent),
      `${topics.status(run, agent)}/x`,
    ]) {
      expect(parseAgentTopic(topic)).toBeUndefined();
    }
  });
});

describe('agent ids', () => {
  it('are one for one with client indices and sort like them', () => {
    const client = fc.integer({ min: 0, max: 9999 });
    fc.assert(
      fc.property(client, client, (a, b) => {
        expect(clientIndex(agentId(a))).toBe(a);
        expect(agentId(a)).toMatch(idPattern);
        expect(Math.sign(a - b)).toBe(agentId(a) < agentId(b) ? -1 : agentId(a) > agentId(b) ? 1 : 0);
      }),
    );
    expect(agentId(7)).toBe('c0007');
    expect(clientIndex(agentId(123_456))).toBe(123_456);
  });

  it.each([
    '',
    'c',
    'c1',
    'c007',
    'c00007',
    'c0NaN',
    'x0001',
    'C0001',
    'c-001',
    'c0001 ',
    'c1e10',
    'c٠٠٠١',
    `c${'9'.repeat(30)}`,
  ])('%j is none', (text) => {
    expect(clientIndex(text)).toBeUndefined();
  });
});
