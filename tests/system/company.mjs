// Recorders, replays and people with notes write to one store at the same time: nobody fails, everything is there, and nobody
// waits for the store over 50 ms, as each process measured itself. 60 rounds, a round being a turn recorded, a turn replayed and a note
// written; TURNTABLE_COMPANY_ROUNDS for another number.
import assert from 'node:assert/strict';
import test from 'node:test';
import { spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { Recorder, atEnd, program, succeed, temporary } from './support.mjs';
import { startFastUpstream } from './fast_upstream.mjs';
import { checkSound, checkWhole, runAgent, sessionNamed } from './load.mjs';

const rounds = Number(process.env.TURNTABLE_COMPANY_ROUNDS ?? 60);
const longestWaitMs = 50;
const turnsOfARun = 20;

const upstream = await startFastUpstream(number => ({
  words: Array.from({ length: 4 }, (_, i) => `word ${number}.${i} `.repeat(1 + (number * 7 + i) % 40)),
  pauseMs: () => 1,
}));
atEnd(() => upstream.close());

/** Runs a verb beside the others; gives what it printed. It must succeed. */
function verb(store, ...parameters) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TURNTABLE_STORE: store } });
    let out = '', err = '';
    child.stdout.on('data', chunk => { out += chunk; });
    child.stderr.on('data', chunk => { err += chunk; });
    child.on('error', reject);
    child.on('close', code => code === 0 ? resolve({ out, err }) : reject(new Error(`turntable ${parameters[0]} ended with ${code}: ${err}`)));
  });
}

/** How long this machine keeps a thread from running that only waits for a millisecond: what no store can be blamed for. */
function watchStalls() {
  const worker = new Worker(`
    const { parentPort } = require('node:worker_threads');
    const cell = new Int32Array(new SharedArrayBuffer(4));
    let longest = 0, ends = false;
    const tick = () => {
      const end = performance.now() + 100;
      for (let last = performance.now(); last < end;) {
        Atomics.wait(cell, 0, 0, 1);
        const now = performance.now();
        longest = Math.max(longest, now - last - 1);
        last = now;
      }
      ends ? parentPort.postMessage(longest) : setImmediate(tick);
    };
    parentPort.once('message', () => { ends = true; });
    tick();`, { eval: true });
  return () => new Promise(done => {
    worker.once('message', async longest => { await worker.terminate(); done(longest); });
    worker.postMessage('end');
  });
}

const waitOf = text => Number(text.match(/waited ([\d.]+) ms for the store/)[1]);

test(`record, replay and notes share a store for ${rounds} rounds`, async () => {
  const store = temporary('store.db');
  const first = await Recorder.start(store, upstream.url, { name: 'first' });
  let asked = 0;
  await runAgent(first.url, 'source', upstream, { goesOn: () => asked++ < turnsOfARun });
  await first.stop();

  const recorder = await Recorder.start(store, upstream.url, { name: 'company' });
  const stalls = watchStalls();
  const waits = { record: 0, replay: 0, note: 0 };
  const grows = (who, ms) => { waits[who] = Math.max(waits[who], ms); };

  let recorded = 0;
  const agents = ['left', 'right'].map(async name => [name, await runAgent(recorder.url, name, upstream, { goesOn: () => recorded++ < rounds, words: 1 })]);
  const replays = (async () => {
    for (let done = 0; done < rounds; done += turnsOfARun) {
      const turns = `1..${Math.min(turnsOfARun, rounds - done)}`;
      const { out, err } = await verb(store, 'replay', 'source', '--against', upstream.url, '--turns', turns, '--name', `run-${done}`);
      assert.match(out, /: (\d+) of \1 turns answered/);
      grows('replay', waitOf(err));
    }
  })();
  const notes = (async () => {
    for (let note = 1; note <= rounds; note++) {
      const { out } = await verb(store, 'note', 'source', `note ${note}`, '--turn', String(1 + note % turnsOfARun), '--json');
      grows('note', JSON.parse(out).store_wait_ms);
    }
  })();
  const lives = await Promise.all(agents);
  await Promise.all([replays, notes]);
  const stall = await stalls();
  assert.equal(await recorder.stop(), 0, recorder.log);
  grows('record', waitOf(recorder.log));

  for (const [name, exchanges] of lives) {
    const session = sessionNamed(store, name);
    assert.equal(session.turns.length, exchanges.length, name);
    assert.deepEqual(session.gaps, [], name);
    session.turns.forEach((turn, index) => checkWhole(store, session, turn, exchanges[index], upstream));
  }
  const runs = succeed(store, 'list', '--json').filter(session => session.name.startsWith('run-'));
  assert.equal(runs.reduce((sum, run) => sum + run.turns, 0), rounds);
  const written = sessionNamed(store, 'source').notes.map(note => note.text).sort();
  assert.deepEqual(written, Array.from({ length: rounds }, (_, i) => `note ${i + 1}`).sort());
  checkSound(store);

  const longest = Math.max(...Object.values(waits));
  console.log(`longest waits for the store in ms: ${JSON.stringify(waits)}; this machine held a waiting thread up for ${stall.toFixed(1)} ms`);
  // A process that is not given a processor waits, too, and others wait for the turn in its hand.
  assert.ok(longest <= Math.max(longestWaitMs, 2 * stall), `${longest} ms, where ${longestWaitMs} are allowed`);
});
