// Two recorded browser sessions are played through the recorder to one real model server and replayed against another; every
// turn is answered, and the comparison prints what the servers themselves counted and measured.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Recorder, closeEnough, fixture, metricsOf, needLlamaServer, sameBytes, sectionSum, startLlamaServer, succeed, temporary } from './support.mjs';
import { playSession, usageOf } from '../../scripts/play-session.mjs';

needLlamaServer();
const store = temporary('store.db');
const sessions = [{ name: 'todo-0.0.83', turns: 12 }, { name: 'todo-0.0.55', turns: 10 }];

/** Plays a session through a recorder and notes what the server's own counters gained in each turn. */
async function recordSession(server, name) {
  const recorder = await Recorder.start(store, server.url, { name });
  const truths = [];
  let before;
  const results = await playSession(recorder.url, fixture(name), {
    beforeTurn: async () => { before = await metricsOf(server.url); },
    afterTurn: async () => {
      const now = await metricsOf(server.url);
      truths.push({ prefillMs: now.prefillMs - before.prefillMs, cached: now.cached - before.cached, fresh: now.prompt - before.prompt });
    },
  });
  assert.equal(await recorder.stop(), 0, recorder.log);
  return { results, truths };
}

test('sessions are recorded, replayed and compared with true figures', async context => {
  const first = await startLlamaServer('rand-50m');
  const second = await startLlamaServer('rand-1m');
  for (const { name, turns } of sessions) {
    const { results, truths } = await recordSession(first, name);
    const recorded = succeed(store, 'show', name, '--json').turns;

    await context.test(`${name}: all ${turns} turns are answered and stored bit for bit`, () => {
      assert.deepEqual(results.map(result => result.status), Array(turns).fill(200));
      assert.deepEqual(recorded.map(turn => turn.status), Array(turns).fill('complete'));
      results.forEach(result => sameBytes(assert, store, name, result.turn, result));
    });
    await context.test(`${name}: tokens are those that the server counted`, () => recorded.forEach((turn, index) => {
      const usage = usageOf(results[index].body.toString('utf8'));
      assert.equal(turn.tokens.cached, usage.cached);
      assert.equal(turn.tokens.cached, truths[index].cached);
      assert.equal(turn.tokens.input, usage.cached + usage.fresh);
      assert.equal(turn.tokens.output, usage.output);
      assert.equal(sectionSum(turn.tokens), turn.tokens.input);
    }));
    const off = recorded.map((turn, index) => turn.time_ms.prefill - truths[index].prefillMs);
    const worst = off.reduce((most, ms, index) => (Math.abs(ms) > Math.abs(off[most]) ? index : most), 0);
    context.diagnostic(`${name}: prefill is off by ${off[worst].toFixed(2)} ms at most, of ${truths[worst].prefillMs.toFixed(1)} ms (turn ${worst + 1})`);
    await context.test(`${name}: prefill is what the server measured`, () => recorded.forEach((turn, index) => {
      const truth = truths[index].prefillMs;
      assert.ok(closeEnough(turn.time_ms.prefill, truth), `turn ${turn.number}: recorded ${turn.time_ms.prefill} ms, server ${truth} ms`);
    }));

    const before = await metricsOf(second.url);
    const outcome = succeed(store, 'replay', name, '--against', second.url, '--name', `${name} on rand-1m`).toString('utf8');
    const gained = (await metricsOf(second.url)).prefillMs - before.prefillMs;
    await context.test(`${name}: the replay has every turn answered`, () => assert.match(outcome, new RegExp(`${turns} of ${turns} turns answered`)));

    const comparison = succeed(store, 'compare', name, '--json');
    await context.test(`${name}: the comparison prints the servers' figures`, () => {
      assert.equal(comparison.turns.length, turns);
      comparison.turns.forEach((row, index) => {
        assert.equal(row.recorded.tokens.cached, truths[index].cached);
        assert.ok(closeEnough(row.recorded.time_ms.prefill, truths[index].prefillMs));
        const usage = usageOf(succeed(store, 'raw', `${name} on rand-1m`, String(index + 1), '--response').toString('utf8'));
        assert.equal(row.runs[0].tokens.cached, usage.cached);
        assert.equal(row.runs[0].tokens.input, usage.cached + usage.fresh);
        assert.notEqual(row.runs[0].agreement, 'unanswered');
      });
      const replayed = comparison.turns.reduce((sum, row) => sum + row.runs[0].time_ms.prefill, 0);
      assert.ok(Math.abs(replayed - gained) <= Math.max(5 * turns, gained / 10), `replay: ${replayed} ms of prefill, server ${gained} ms`);
    });
    await context.test(`${name}: the run says which model answered`, () => {
      const run = succeed(store, 'list', '--json').find(session => session.name === `${name} on rand-1m`);
      assert.equal(run.mode, 'teacher-forced');
      assert.equal(run.simulated, false);
      assert.equal(run.identity.server, 'llama.cpp');
      assert.equal(run.identity.context_tokens, 32768);
      assert.match(run.identity.template_hash, /^[0-9a-f]{64}$/);
    });
  }
});
