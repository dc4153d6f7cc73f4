// kill -9 of the recorder at random moments: every reply that an agent had got whole is in the store, complete and bit for bit;
// the torn ones are there as interrupted, with at least what the agent had got of them; the store is sound. Up to six agents at once,
// each in a session of its own, so that a kill hits one in its reply, another in its beginning. 12 rounds; TURNTABLE_KILL_ROUNDS
// for another number, TURNTABLE_SEED for the moments of an earlier run.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Recorder, atEnd, sha256, succeed, temporary } from './support.mjs';
import { seeded, startFastUpstream } from './fast_upstream.mjs';
import { checkSound, runAgent } from './load.mjs';

const rounds = Number(process.env.TURNTABLE_KILL_ROUNDS ?? 12);
const seed = Number(process.env.TURNTABLE_SEED ?? Date.now() % 1e9);
const random = seeded(seed);
console.log(`seed ${seed}, ${rounds} rounds`);

const words = (count, seed) => Array.from({ length: count }, (_, i) => `rule${(i * 7919 + seed * 104729) % 100003}`).join(' ');
const long = words(900, 1), huge = words(9000, 2);  // 9 kB and 90 kB
const openings = [long, long, huge, words(900, 3), huge, 'You work by tools.'];  // of the agents of a round

// The moment of a kill is a number of pieces that the server has sent, and some microseconds, so that a slow machine sees as
// much happen as a fast one.
let piecesLeft = Infinity, onLastPiece = () => {};
const upstream = await startFastUpstream(number => ({
  words: Array.from({ length: 3 + number % 9 }, (_, i) => `word ${number}.${i} `.repeat(1 + (number * 7 + i) % 20)),
  pauseMs: () => {
    if (--piecesLeft === 0) onLastPiece();
    return Math.floor(random() * 5);
  },
}));
atEnd(() => upstream.close());

/** Checks one agent's session against what that agent lived through. Gives how many turns were whole and torn. */
function checkSession(store, session, name, exchanges) {
  const whole = exchanges.filter(exchange => exchange.whole);
  if (!session) {
    assert.equal(whole.length, 0, `${name}: ${whole.length} whole turns and no session`);
    return { whole: 0, torn: 0 };
  }
  const { turns } = succeed(store, 'show', String(session.id), '--json');
  assert.ok(turns.length >= whole.length && turns.length <= exchanges.length, `${name}: ${turns.length} turns stored, ${whole.length} were whole`);
  turns.forEach((turn, index) => {
    const { id, requestHash, received } = exchanges[index];
    const what = `${id} (turn ${turn.number}, ${turn.status})`;
    const stored = succeed(store, 'raw', String(session.id), String(turn.number), '--response');
    assert.equal(sha256(succeed(store, 'raw', String(session.id), String(turn.number), '--request')), requestHash, `request of ${what}`);
    const truth = upstream.wholeReplies.get(id) ?? '';
    if (index < whole.length) assert.equal(turn.status, 'complete', what);
    if (turn.status === 'complete') {
      assert.equal(sha256(stored), sha256(truth), `reply of ${what}`);
      return;
    }
    assert.equal(turn.status, 'interrupted', what);
    assert.ok(truth.startsWith(stored.toString('utf8')), `${what}: other bytes than the server sent`);
    assert.ok(stored.length >= received.length, `${what}: ${stored.length} bytes stored, the agent had got ${received.length}`);
  });
  return { whole: whole.length, torn: turns.length - whole.length };
}

test(`kill -9 at ${rounds} random moments loses no finished turn (seed ${seed})`, async () => {
  const store = temporary('store.db');
  const lives = new Map();
  for (let round = 1; round <= rounds; round++) {
    const recorder = await Recorder.start(store, upstream.url, { name: `round-${round}` });
    const names = Array.from({ length: 1 + Math.floor(random() * openings.length) }, (_, agent) => `round-${round}-agent-${agent + 1}`);
    const moment = new Promise(done => { onLastPiece = done; });
    piecesLeft = 1 + Math.floor(random() * 60 * names.length);
    const running = names.map((name, agent) => runAgent(recorder.url, name, upstream, { mayBreak: true, system: openings[agent] }));
    await moment;
    await new Promise(done => setTimeout(done, random() * 5));
    await recorder.kill();
    (await Promise.all(running)).forEach((exchanges, index) => lives.set(names[index], exchanges));
    if (round % 100 === 0) console.log(`${round} kills`);
  }
  const sums = { whole: 0, torn: 0 };
  const sessions = new Map(succeed(store, 'list', '--json').map(session => [session.name, session]));
  for (const [name, exchanges] of lives) {
    const { whole, torn } = checkSession(store, sessions.get(name), name, exchanges);
    sums.whole += whole;
    sums.torn += torn;
  }
  checkSound(store);
  console.log(`${sums.whole} whole turns, ${sums.torn} torn ones`);
  assert.ok(sums.whole > rounds, 'too few turns came through to show anything');
  assert.ok(sums.torn > 0, 'no kill hit a turn in the middle');
});
