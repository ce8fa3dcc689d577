import { describe, expect, it } from 'vitest';
import { FleetError, splitIntoChunks, weightsToBytes } from '#protocol';
import { MemoryFleet } from './memory-fleet.js';

describe('federation', () => {
  it('goes through the states in order, once a round', async () => {
    const fleet = new MemoryFleet(3, { rounds: 2 });
    await fleet.run();
    const states = fleet.seen.flatMap((event) =>
      event.type === 'round-state' ? [`${event.round} ${event.state}`] : [],
    );
    const once = ['announce', 'collect', 'aggregate', 'evaluate', 'compose', 'store'];
    expect(states).toEqual([...once.map((state) => `1 ${state}`), ...once.map((state) => `2 ${state}`)]);
    expect(fleet.checkpoints).toBe(3);
  });

  it('trains the next two rounds while one is stored, but finishes the second only when that is on disk', async () => {
    const fleet = new MemoryFleet(2, { rounds: 4 });
    let written = (): void => {};
    fleet.events.subscribe((event) => {
      if (event.type !== 'round-finished' || event.round !== 1) return;
      fleet.disk = new Promise((resolve) => {
        written = resolve;
      });
    });
    const done = fleet.run();
    const finished = (): number[] =>
      fleet.seen.flatMap((event) => (event.type === 'round-finished' ? [event.round] : []));
    const inThird = new Promise<void>((resolve) => {
      fleet.events.subscribe((event) => {
        if (event.type === 'round-state' && event.round === 3 && event.state === 'store') resolve();
      });
    });
    await inThird;
    // Whatever the federation could do without the disk, it has done after this turn.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(finished()).toEqual([1, 2]);
    expect(fleet.models).toHaveLength(2);
    written();
    await done;
    expect(finished()).toEqual([1, 2, 3, 4]);
    expect(fleet.checkpoints).toBe(5);
  });

  it('begins its first round only when the run itself is on disk', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1 });
    let written = (): void => {};
    fleet.disk = new Promise((resolve) => {
      written = resolve;
    });
    const done = fleet.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fleet.seen.filter(({ type }) => type === 'round-state')).toEqual([]);
    written();
    await done;
    expect(fleet.seen.filter(({ type }) => type === 'round-finished')).toHaveLength(1);
  });

  it('fails when a round cannot be stored', async () => {
    const fleet = new MemoryFleet(2, { rounds: 2 });
    fleet.disk = Promise.reject(new FleetError('STORE_FAILED', 'no space'));
    fleet.disk.catch(() => {});
    await expect(fleet.run()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('saves the model of a round before it says that the round is finished', async () => {
    const fleet = new MemoryFleet(2, { rounds: 2 });
    const saved: number[] = [];
    fleet.events.subscribe((event) => {
      if (event.type === 'client-finished' || event.type === 'round-finished')
        saved.push(fleet.models.length);
    });
    const { weights } = await fleet.run();
    expect(saved).toEqual([1, 1, 1, 2, 2, 2]);
    expect(fleet.models.at(-1)).toEqual({ round: 2, weights: [...weights] });
  });

  it('goes on after a given round to where the undisturbed run ends', async () => {
    const whole = new MemoryFleet(3, { rounds: 4, composition: 'random:2' });
    const { weightsSha256 } = await whole.run();
    const resumed = new MemoryFleet(3, { rounds: 4, composition: 'random:2' }, undefined, {
      initialWeights: Float32Array.from(whole.models[1]!.weights),
      resumeAfter: { round: 2, evaluation: { loss: 1, accuracy: 0.5 } },
    });
    expect(await resumed.run()).toMatchObject({ rounds: 4, weightsSha256 });
    for (const round of [3, 4]) {
      const learned = (fleet: MemoryFleet) =>
        fleet
          .outcomes(round)
          .map(({ client, selected, participated }) => ({ client, selected, participated }));
      expect(learned(resumed)).toEqual(learned(whole));
    }
    expect(resumed.outcomes(2)).toEqual([]);
  });

  it('needs no agents when all rounds are done', async () => {
    const fleet = new MemoryFleet(1, { rounds: 2 }, undefined, {
      resumeAfter: { round: 2, evaluation: { loss: 0.25, accuracy: 0.75 } },
    });
    expect(await fleet.federation.run()).toMatchObject({ rounds: 2, global: { accuracy: 0.75, loss: 0.25 } });
    expect(fleet.seen).toEqual([]);
    expect(fleet.left).toEqual([12]);
  });

  it('counts a client as available that says its update again to a process that goes on for a killed one', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1 });
    const say = fleet.say.bind(fleet);
    fleet.say = (client, state, round) =>
      client === 0 && state === 'waiting' ? fleet.upload(0, round) : say(client, state, round);
    await fleet.run();
    expect(fleet.outcomes(1)[0]).toMatchObject({ attempted: true, participated: true });
  });

  it('goes on without clients that drop out, the same ones for the same seed', async () => {
    const dropped = async (seed: number) => {
      const fleet = new MemoryFleet(6, { rounds: 3, clientDropoutRate: 0.5, seed });
      await fleet.run();
      return [1, 2, 3].map((round) =>
        fleet.outcomes(round).flatMap(({ client, attempted, participated, failReason }) => {
          expect(failReason).toBe(participated ? undefined : 'client_dropout');
          expect(attempted).toBe(participated);
          return participated ? [] : [client];
        }),
      );
    };
    const first = await dropped(7);
    expect(first.flat().length).toBeGreaterThan(2);
    expect(first.flat().length).toBeLessThan(16);
    expect(await dropped(7)).toEqual(first);
    expect(await dropped(8)).not.toEqual(first);
  });

  it('averages weighted by samples', async () => {
    const fleet = new MemoryFleet(3, { rounds: 1 });
    const { weights } = await fleet.run();
    // Clients 0..2 have 10, 20, 30 samples and add 1, 2, 3: the mean addition is 140 / 60.
    expect([...weights]).toEqual([140 / 60, 1 + 140 / 60, 2 + 140 / 60].map(Math.fround));
  });

  it('weighs an update by the samples that it was trained on, which are those that it records', async () => {
    const fleet = new MemoryFleet(3, { rounds: 1 });
    fleet.misbehave.set(2, (round) => fleet.uploadWeights(2, round, Float32Array.of(3, 4, 5), 10));
    const { weights } = await fleet.run();
    expect([...weights]).toEqual([2, 3, 4]);
    // The others say 100, and have 10 and 20.
    expect(fleet.outcomes(1).map(({ samples }) => samples)).toEqual([10, 20, 10]);
  });

  it('gives the same weights whatever the order of arrival', async () => {
    const forward = await new MemoryFleet(9, { rounds: 3 }).run();
    const backward = await new MemoryFleet(9, { rounds: 3 }, (clients) => [...clients].reverse()).run();
    expect(backward.weightsSha256).toBe(forward.weightsSha256);
  });

  it('decides on every round and says so before it begins', async () => {
    const fleet = new MemoryFleet(6, { rounds: 3, composition: 'random:2' });
    await fleet.run();
    const decisions = fleet.seen.flatMap((event) => (event.type === 'composition' ? [event] : []));
    expect(decisions.map(({ round }) => round)).toEqual([1, 2, 3]);
    for (const { round, chosen } of decisions) {
      expect(chosen).toHaveLength(2);
      const outcomes = fleet.outcomes(round);
      expect(outcomes).toHaveLength(6);
      expect(outcomes.filter(({ selected }) => selected).map(({ client }) => client)).toEqual(chosen);
      for (const { selected, participated, failReason } of outcomes) {
        expect(participated).toBe(selected);
        expect(failReason).toBe(selected ? undefined : 'not_selected');
      }
    }
  });

  it('ends a round without an agent that is lost in it, and takes it again in the next', async () => {
    const fleet = new MemoryFleet(3, { rounds: 2 });
    fleet.misbehave.set(1, (round) => {
      if (round === 2) return fleet.upload(1, round);
      fleet.say(1, 'offline', 0);
      setTimeout(() => fleet.say(1, 'idle', 1), 5);
    });
    await fleet.run();
    expect(fleet.outcomes(1)[1]).toMatchObject({ participated: false, failReason: 'agent_lost' });
    expect(fleet.outcomes(2)[1]).toMatchObject({ participated: true, failReason: undefined });
  });

  it('goes on at the round’s deadline without those that are late', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1, roundTimeoutS: 1 });
    fleet.misbehave.set(0, () => {});
    const { weights } = await fleet.run();
    expect(fleet.outcomes(1)[0]).toMatchObject({ participated: false, failReason: 'deadline' });
    expect(weights[0]).toBe(2);
  });

  it('records the reason that an agent gives for a failure', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1 });
    fleet.misbehave.set(0, (round) =>
      fleet.federation.onResult(0, { outcome: 'failed', round, failReason: 'TRAINING_FAILED: loss is NaN' }),
    );
    await fleet.run();
    expect(fleet.outcomes(1)[0]?.failReason).toBe('TRAINING_FAILED: loss is NaN');
  });

  it('keeps the model of a round in which all fail', async () => {
    const fleet = new MemoryFleet(1, { rounds: 1 });
    fleet.misbehave.set(0, (round) =>
      fleet.federation.onResult(0, { outcome: 'failed', round, failReason: 'x' }),
    );
    const { weights } = await fleet.run();
    expect([...weights]).toEqual([0, 1, 2]);
  });

  it('says of a round without updates which one it was', async () => {
    const fleet = new MemoryFleet(1, { rounds: 3 });
    fleet.misbehave.set(0, (round) => {
      if (round !== 2) return fleet.upload(0, round);
      fleet.federation.onResult(0, { outcome: 'failed', round, failReason: 'x' });
    });
    await fleet.run();
    const notes = fleet.seen.filter((event) => event.type === 'log');
    expect(notes).toMatchObject([{ code: 'NO_UPDATES', round: 2, level: 'warn' }]);
    expect(notes[0]?.message).toMatch(/^round 2:/);
  });

  it('says once where fewer updates come in than the aggregation promises its result for', async () => {
    const fleet = new MemoryFleet(5, { rounds: 4, aggregation: 'krum' });
    fleet.misbehave.set(0, (round) => {
      if (round === 1) return fleet.upload(0, round);
      fleet.federation.onResult(0, { outcome: 'failed', round, failReason: 'x' });
    });
    await fleet.run();
    const notes = fleet.seen.filter((event) => event.type === 'log');
    expect(notes).toMatchObject([{ code: 'FEW_UPDATES', round: 2, level: 'warn' }]);
    expect(notes[0]?.message).toBe(
      'round 2: of 4 updates krum promises nothing, it needs 5 (--byzantine-share)',
    );
  });

  it('does not let an agent in that works on other data', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1 });
    const done = fleet.federation.run();
    fleet.say(0, 'idle', 0);
    fleet.say(1, 'idle', 0, 'f'.repeat(64));
    const publish = fleet.say.bind(fleet);
    fleet.say = (client, state, round) =>
      publish(client, state, round, client === 1 ? 'f'.repeat(64) : undefined);
    await done;
    expect(fleet.outcomes(1)[1]).toMatchObject({ participated: false, failReason: 'data_mismatch' });
  });

  it('does not wait for an agent that is given up', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1 });
    const done = fleet.federation.run();
    fleet.federation.onGivenUp(1);
    fleet.say(0, 'idle', 0);
    await done;
    expect(fleet.outcomes(1)[0]?.participated).toBe(true);
  });

  it('ends with INTERRUPTED when aborted while it waits', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1 });
    fleet.misbehave.set(0, () => fleet.controller.abort());
    await expect(fleet.run()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('ends with AGENTS_MISSING when none connects in time', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1, startTimeoutS: 1 });
    await expect(fleet.federation.run()).rejects.toMatchObject({ code: 'AGENTS_MISSING' });
  });

  it('ignores damaged chunks and results of other rounds', async () => {
    const fleet = new MemoryFleet(1, { rounds: 1 });
    fleet.misbehave.set(0, (round) => {
      fleet.upload(0, round + 1);
      const [chunk] = splitIntoChunks(weightsToBytes(new Float32Array(3)), round);
      fleet.federation.onUpdateChunk(0, { ...chunk!, crc32: 1 });
      fleet.upload(0, round);
    });
    await fleet.run();
    expect(fleet.outcomes(1)[0]?.participated).toBe(true);
    expect(fleet.rejections()).toHaveLength(1);
  });

  it('records at the end of each round how many messages it had no use for', async () => {
    const fleet = new MemoryFleet(2, { rounds: 2 });
    fleet.misbehave.set(0, (round) => {
      for (let i = 0; i < 3; i++) fleet.upload(0, 7);
      if (round === 2) {
        fleet.federation.onResult(0, { outcome: 'failed', round, failReason: 'x' });
        fleet.upload(0, round);
      } else fleet.upload(0, round);
      // Delivered twice, as MQTT may.
      fleet.upload(0, round);
    });
    await fleet.run();
    const counts = fleet.seen.flatMap((event) =>
      event.type === 'log' && event.code === 'MESSAGES_DROPPED'
        ? [`${event.client} ${event.round} ${event.message}`]
        : [],
    );
    expect(counts).toEqual([
      '0 1 6 messages of c0000 dropped: of another round',
      '0 2 6 messages of c0000 dropped: of another round',
      '0 2 4 messages of c0000 dropped: not awaited',
    ]);
  });

  it.each([
    ['of other length', new Float32Array(4)],
    ['that holds NaN', new Float32Array([1, Number.NaN, 1])],
    ['that holds infinity', new Float32Array([1, 1, Number.NEGATIVE_INFINITY])],
  ])('rejects an update %s, once, without waiting for the deadline', async (_, bad) => {
    const fleet = new MemoryFleet(2, { rounds: 1, roundTimeoutS: 3600 });
    fleet.misbehave.set(0, (round) => fleet.uploadWeights(0, round, bad));
    const { weights } = await fleet.run();
    expect(fleet.outcomes(1)[0]).toMatchObject({ participated: false, failReason: 'update_rejected' });
    expect([...weights]).toEqual([2, 3, 4]);
    expect(fleet.rejections()).toMatchObject([{ client: 0, round: 1 }]);
  });

  it('rejects an update that no model of the family is', async () => {
    const isSound = (update: Float32Array) => update[0] !== 7;
    const fleet = new MemoryFleet(2, { rounds: 1, roundTimeoutS: 3600 }, undefined, { isSound });
    fleet.misbehave.set(0, (round) => fleet.uploadWeights(0, round, new Float32Array([7, 1, 1])));
    const { weights } = await fleet.run();
    expect(fleet.outcomes(1)[0]).toMatchObject({ participated: false, failReason: 'update_rejected' });
    expect([...weights]).toEqual([2, 3, 4]);
    expect(fleet.rejections()).toMatchObject([{ message: 'not a model of this family' }]);
  });

  it('tells an agent that is back at work after it was lost to give the round up', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1 });
    fleet.misbehave.set(0, (round) => {
      fleet.say(0, 'offline', round);
      fleet.say(0, 'training', round);
    });
    await fleet.run();
    expect(fleet.outcomes(1)[0]?.failReason).toBe('agent_lost');
    expect(fleet.abandoned).toEqual([0]);
  });

  it('knows when everybody has left', async () => {
    const fleet = new MemoryFleet(2, { rounds: 1 });
    await fleet.run();
    let departed = false;
    const done = fleet.federation.departed().then(() => {
      departed = true;
    });
    fleet.say(0, 'offline', 1);
    await Promise.resolve();
    expect(departed).toBe(false);
    fleet.say(1, 'offline', 1);
    await done;
  });
});
