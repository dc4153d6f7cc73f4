// A disk that fills up at random moments of a recording under load, stays full for some turns and has space again: no call of an
// agent fails or changes, every turn is stored in the end, and that it came late is marked. Three rounds;
// TURNTABLE_DISK_ROUNDS for another number, TURNTABLE_SEED for the moments of an earlier run. Needs a file system of its own,
// which only root on Linux can have.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { spawnSync } from 'node:child_process';
import { Recorder, atEnd, succeed, temporary, turntable, until } from './support.mjs';
import { seeded, startFastUpstream } from './fast_upstream.mjs';
import { checkSound, checkWhole, runAgent, sessionNamed } from './load.mjs';

const rounds = Number(process.env.TURNTABLE_DISK_ROUNDS ?? 3);
const seed = Number(process.env.TURNTABLE_SEED ?? Date.now() % 1e9);
const agents = 3;
const random = seeded(seed);

/** A file system in memory. Gives its folder, or undefined where there can be none. */
function mountSmall(options) {
  const folder = temporary('disk');
  fs.mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'turntable-test', folder]);
  if (mounted.status !== 0) return undefined;
  atEnd(() => spawnSync('umount', ['-l', folder]));
  return folder;
}
const disk = mountSmall('size=24m');
if (!disk) {
  console.log('skipped: only root on Linux can mount the small file system that this test fills');
  process.exit(77);
}
console.log(`seed ${seed}, ${rounds} rounds`);

let piecesLeft = Infinity, onLastPiece = () => {};
const upstream = await startFastUpstream(number => ({
  words: Array.from({ length: 3 + number % 9 }, (_, i) => `word ${number}.${i} `.repeat(1 + (number * 7 + i) % 20)),
  pauseMs: () => {
    if (--piecesLeft === 0) onLastPiece();
    return Math.floor(random() * 5);
  },
}));
atEnd(() => upstream.close());

/** Takes every byte that is free, also those that others give back meanwhile. */
class Filler {
  constructor() { this.file = path.join(disk, 'filler'); }
  fill() {
    this.descriptor = fs.openSync(this.file, 'w');
    this.take();
    this.timer = setInterval(() => this.take(), 2);
  }
  take() {
    for (let size = 1 << 20; size >= 1; size >>= 1) {
      try { while (fs.writeSync(this.descriptor, Buffer.alloc(size)) === size); } catch (error) { if (error.code !== 'ENOSPC') throw error; }
    }
  }
  free() {
    clearInterval(this.timer);
    fs.closeSync(this.descriptor);
    fs.rmSync(this.file);
  }
}

const newStore = round => {
  for (const name of fs.readdirSync(disk)) fs.rmSync(path.join(disk, name));
  return path.join(disk, `store-${round}.db`);
};

/** Every exchange of every agent is in the store, whole and in its order. Gives the number of marks. */
function checkAgents(store, lives) {
  const reasons = new Set();
  for (const [name, exchanges] of lives) {
    const session = sessionNamed(store, name);
    assert.ok(session, `there is no session ${name}`);
    assert.equal(session.turns.length, exchanges.length, `turns of ${name}; gaps: ${JSON.stringify(session.gaps)}`);
    session.turns.forEach((turn, index) => checkWhole(store, session, turn, exchanges[index], upstream));
    for (const gap of session.gaps) reasons.add(`${name}: ${gap.reason}`);
  }
  return reasons;
}

/** Starts the agents; gives how to count their turns and how to end them. */
function startAgents(recorder, round) {
  const state = { turns: 0, goesOn: true };
  const names = Array.from({ length: agents }, (_, agent) => `round-${round}-agent-${agent + 1}`);
  const running = names.map(name => runAgent(recorder.url, name, upstream, { goesOn: () => state.goesOn, onTurn: () => { state.turns++; } }));
  state.failed = Promise.all(running);
  state.moreTurns = count => {
    const goal = state.turns + count;
    return Promise.race([state.failed, until(`${count} more turns`, () => state.turns >= goal)]);
  };
  state.end = async () => {
    state.goesOn = false;
    return new Map((await Promise.all(running)).map((exchanges, index) => [names[index], exchanges]));
  };
  return state;
}

test(`a disk that fills up ${rounds} times loses nothing (seed ${seed})`, async () => {
  for (let round = 1; round <= rounds; round++) {
    const store = newStore(round);
    const recorder = await Recorder.start(store, upstream.url);
    const filler = new Filler();
    const moment = new Promise(done => { onLastPiece = done; });
    piecesLeft = 1 + Math.floor(random() * 200);
    const load = startAgents(recorder, round);
    await Promise.race([moment, load.failed]);
    filler.fill();
    try {
      await load.moreTurns(agents * (2 + Math.floor(random() * 4)));
    } finally {
      filler.free();
    }
    await load.moreTurns(agents * 2);
    const lives = await load.end();
    assert.equal(await recorder.stop(), 0, recorder.log);
    const marks = checkAgents(store, lives);
    assert.ok([...marks].some(mark => /stored late/.test(mark)), `round ${round}: the full disk left no mark; log:\n${recorder.log}`);
    assert.match(recorder.log, /the store takes nothing \(.*full.*\): calls go on[^]*the store takes turns again/, `round ${round}: nobody was told\n${recorder.log}`);
    assert.ok(![...marks].some(mark => /could not be/.test(mark)), [...marks].join('\n'));
    checkSound(store);
    if (round % 10 === 0) console.log(`${round} rounds`);
  }
});

test('a disk that is full when the first request comes', async () => {
  const store = newStore('start');
  const recorder = await Recorder.start(store, upstream.url);
  const filler = new Filler();
  filler.fill();
  const load = startAgents(recorder, 'start');
  await load.moreTurns(agents * 3);
  filler.free();
  await load.moreTurns(agents);
  const lives = await load.end();
  assert.equal(await recorder.stop(), 0, recorder.log);
  assert.ok(checkAgents(store, lives).size > 0, 'the full disk left no mark');
  checkSound(store);
});

test('a disk that is full to the end: the agent notices nothing, and the loss is told', async () => {
  const store = newStore('end');
  const recorder = await Recorder.start(store, upstream.url);
  const load = startAgents(recorder, 'end');
  await load.moreTurns(agents * 2);
  await until('the turns are stored', () => recorder.log.match(/\bturn +\d+/g)?.length >= agents * 2);
  const before = sessionNamed(store, 'round-end-agent-1').turns.filter(turn => turn.status === 'complete');
  const filler = new Filler();
  filler.fill();
  await load.moreTurns(agents * 3);
  const lives = await load.end();
  const code = await recorder.stop();
  filler.free();
  // Spool files may hold all of it, and then nothing is lost.
  assert.equal(code, /turn\(s\) are lost/.test(recorder.log) ? 1 : 0, recorder.log);
  assert.match(recorder.log, /turn\(s\) (are lost|could not be stored)/);
  const session = sessionNamed(store, 'round-end-agent-1');
  before.forEach(turn => checkWhole(store, session, turn, lives.get('round-end-agent-1')[turn.number - 1], upstream));
  checkSound(store);
});

test('a recorder that starts on a full disk says so and ends', async () => {
  const store = newStore('none');
  const filler = new Filler();
  filler.fill();
  const failed = await Recorder.start(store, upstream.url).then(() => undefined, error => error);
  filler.free();
  assert.equal(failed?.code, 1);
  assert.match(failed.err, /disk full|could not read or write/);
  assert.equal(turntable(store, 'list').code, 1, 'a store was left behind half made');
});

test('a spool file that cannot be made costs the agent nothing and the store nothing', async () => {
  const inodes = mountSmall('size=24m,nr_inodes=40');
  const store = path.join(inodes, 'store.db');
  const recorder = await Recorder.start(store, upstream.url);
  assert.throws(() => { for (let n = 0; ; n++) fs.writeFileSync(path.join(inodes, `file-${n}`), ''); }, /ENOSPC/);
  const load = startAgents(recorder, 'spool');
  await load.moreTurns(agents * 3);
  const lives = await load.end();
  assert.equal(await recorder.stop(), 0, recorder.log);
  assert.match(recorder.log, /a crash could lose the turn that runs: cannot create/);
  for (let n = 0; fs.existsSync(path.join(inodes, `file-${n}`)); n++) fs.rmSync(path.join(inodes, `file-${n}`));
  assert.equal(checkAgents(store, lives).size, 0);
  checkSound(store);
});
