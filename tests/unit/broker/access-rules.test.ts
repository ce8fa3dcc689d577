import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentToken } from '#broker';
import { AccessRules } from '#internal/broker/access-rules.js';
import { agentMayPublish, agentMaySubscribe, topics } from '#protocol';

const run = 'r1';
const secret = 'secret';
const rules = new AccessRules(run, secret);
const request = (user: string, change = {}) => ({
  clientId: `${run}-${user}`,
  cleanSession: true,
  user,
  password: Buffer.from(agentToken(secret, user)),
  will: undefined,
  ...change,
});

describe('agentToken', () => {
  it('is HMAC-SHA256 of the user name, in hex', () => {
    // RFC 4231, test case 2.
    expect(agentToken('Jefe', 'what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('differs by user and by secret', () => {
    const tokens = ['a', 'b'].flatMap((key) => ['c0000', 'c0001'].map((user) => agentToken(key, user)));
    expect(new Set(tokens).size).toBe(4);
  });
});

describe('AccessRules', () => {
  it('lets in whoever shows the right token under the right client id', () => {
    for (const user of ['aggregator', 'c0000', 'c9999', 'Any_id-1']) {
      expect(rules.refuse(request(user))).toBeUndefined();
    }
  });

  it('refuses every other password', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (password) => {
        expect(rules.refuse(request('c0001', { password }))?.returnCode).toBe(4);
      }),
    );
    const token = agentToken(secret, 'c0001');
    for (const password of ['', token.slice(1), `${token}0`, token.toUpperCase()]) {
      expect(rules.refuse(request('c0001', { password: Buffer.from(password) }))?.returnCode).toBe(4);
    }
  });

  it('refuses every other client id', () => {
    fc.assert(
      fc.property(fc.string(), (clientId) => {
        expect(rules.refuse(request('c0001', { clientId }))?.returnCode).toBe(2);
      }),
    );
  });

  it('opens to agents what the protocol says, at QoS 0 and 1', () => {
    const topic = fc.oneof(
      fc.string(),
      fc.constantFrom(
        topics.status(run, 'c0001'),
        topics.update(run, 'c0002'),
        topics.plan(run),
        topics.model(run, '+'),
        topics.commands(run, 'c0001'),
        '#',
      ),
    );
    fc.assert(
      fc.property(topic, fc.constantFrom(0, 1, 2), (name, qos) => {
        expect(rules.mayPublish('c0001', name, qos)).toBe(qos < 2 && agentMayPublish(run, 'c0001', name));
        expect(rules.maySubscribe('c0001', name)).toBe(agentMaySubscribe(run, 'c0001', name));
      }),
    );
  });

  it('opens all but the broker’s own topics to the aggregator', () => {
    expect(rules.mayPublish('aggregator', topics.plan(run), 1)).toBe(true);
    expect(rules.mayPublish('aggregator', topics.plan(run), 2)).toBe(false);
    expect(rules.mayPublish('aggregator', '$SYS/x', 0)).toBe(false);
    expect(rules.maySubscribe('aggregator', '#')).toBe(true);
    expect(rules.maySubscribe('aggregator', '$share/group/#')).toBe(false);
  });
});
