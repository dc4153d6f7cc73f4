// What goes wrong in real life: each time a sentence for the person, an answer its SDK understands for the agent, and no harm to
// what is already recorded.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { spawnSync } from 'node:child_process';
import { Recorder, atEnd, freePort, requirePackage, sha256, succeed, temporary, turntable } from './support.mjs';
import { startFastUpstream } from './fast_upstream.mjs';
import { send } from '../../scripts/play-session.mjs';

const { default: Anthropic } = requirePackage('@anthropic-ai/sdk');
const upstream = await startFastUpstream(() => ({ words: ['all ', 'is ', 'well'] }));
atEnd(() => upstream.close());
const asRoot = process.getuid() === 0;
const message = { model: 'fast', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };
const request = text => JSON.stringify({ ...message, stream: true, messages: [{ role: 'user', content: text }] });
const sdkFor = url => new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 });
const sdkError = url => sdkFor(url).messages.stream(message).finalMessage().then(() => assert.fail('the SDK saw no error'), error => error);

/** One line that says something: no stack of errors, no library's jargon alone. */
function isSentence(text, ...about) {
  assert.match(text, /^turntable: \S.{10,}\n$/, `not one sentence: ${JSON.stringify(text)}`);
  for (const word of about) assert.match(text, word);
}
function fails(store, code, about, ...parameters) {
  const result = turntable(store, ...parameters);
  assert.equal(result.code, code, `${parameters.join(' ')}: ${result.err}`);
  isSentence(result.err, ...about);
}
const cannotStart = (store, url, options) => Recorder.start(store, url, options).then(() => assert.fail('the recorder started'), error => error);

/** The turns of every session, each with the id of its session. */
const allTurns = store => succeed(store, 'list', '--json').flatMap(({ id }) =>
  succeed(store, 'show', String(id), '--json').turns.map(turn => ({ ...turn, session: String(id) })));

/** A store with one recorded turn, at `store`. */
async function storeWithOneTurn(store) {
  const recorder = await Recorder.start(store, upstream.url, { name: 'good' });
  await send(recorder.url, request('hello'));
  assert.equal(await recorder.stop(), 0, recorder.log);
  return store;
}

test('an upstream that is down gives the agent a 502 that its SDK understands', async () => {
  const store = temporary('store.db');
  const address = `127.0.0.1:${await freePort()}`;
  const recorder = await Recorder.start(store, `http://${address}`, { name: 'down' });
  const error = await sdkError(recorder.url);
  assert.ok(error instanceof Anthropic.APIError, String(error));
  assert.equal(error.status, 502);
  assert.equal(error.error.error.type, 'api_error');
  assert.ok(error.message.includes(address), error.message);
  assert.equal(await recorder.stop(), 0);
  const [turn] = succeed(store, 'show', 'down', '--json').turns;
  assert.equal(turn.status, 'failed');
  assert.ok(turn.error.includes(address), turn.error);
});

test('a port that is taken is named', async () => {
  const taken = net.createServer();
  await new Promise(done => taken.listen(0, '127.0.0.1', done));
  const { port } = taken.address();
  const error = await cannotStart(temporary('store.db'), upstream.url, { listen: `127.0.0.1:${port}` })
    .finally(() => taken.close());
  assert.equal(error.code, 1);
  isSentence(error.err, new RegExp(`${port}`));
});

test('addresses that cannot be are wrong usage', () => {
  const store = temporary('store.db');
  for (const parameters of [['--upstream', 'ftp://127.0.0.1'], ['--upstream', 'http://'], ['--upstream', upstream.url, '--listen', '127.0.0.1:99999'],
    ['--upstream', upstream.url, '--model-map', 'no-equals-sign']]) {
    const result = turntable(store, 'record', ...parameters);
    assert.equal(result.code, 2, `${parameters.join(' ')}: ${result.code} ${result.err}`);
    assert.ok(result.err.length > 10);
  }
});

test('a file that is no store is refused and left alone', async () => {
  const text = temporary('notes.txt'), foreign = temporary('foreign.db');
  fs.writeFileSync(text, 'Dear diary, '.repeat(1000));
  assert.equal(spawnSync('sqlite3', [foreign, 'CREATE TABLE t(a); INSERT INTO t VALUES (1);']).status, 0);
  for (const file of [text, foreign]) {
    const before = sha256(fs.readFileSync(file));
    fails(file, 1, [new RegExp(path.basename(file))], 'list');
    const error = await cannotStart(file, upstream.url);
    assert.equal(error.code, 1);
    isSentence(error.err, new RegExp(path.basename(file)));
    assert.equal(sha256(fs.readFileSync(file)), before, `${file} was changed`);
  }
});

test('a store of a newer version is refused, or only read when it may be', async () => {
  const store = await storeWithOneTurn(temporary('newer.db'));
  const sql = text => assert.equal(spawnSync('sqlite3', [store, text]).status, 0);
  sql('PRAGMA user_version = 99;');
  assert.equal(succeed(store, 'show', 'good', '--json').turns.length, 1);
  const readOnly = await cannotStart(store, upstream.url);
  isSentence(readOnly.err, /newer|version/);
  sql('UPDATE store SET readable_from = 99;');
  fails(store, 1, [/newer|version/], 'list');
  assert.equal((await cannotStart(store, upstream.url)).code, 1);
});

/** Mounts a small file system where the user may; gives false where not. */
function mount(folder, options) {
  if (!asRoot || spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) return false;
  atEnd(() => spawnSync('umount', ['-l', folder]));
  return true;
}

test('a read-only folder can be read, and refuses a recorder with a sentence', async context => {
  const folder = temporary('read-only');
  fs.mkdirSync(folder);
  if (asRoot && !mount(folder, 'size=8m')) return context.skip('root writes everywhere, and may not mount here');
  const store = await storeWithOneTurn(path.join(folder, 'store.db'));
  if (asRoot) assert.equal(spawnSync('mount', ['-o', 'remount,ro', folder]).status, 0);
  else fs.chmodSync(folder, 0o555);
  try {
    assert.equal(succeed(store, 'show', 'good', '--json').turns.length, 1);
    const error = await cannotStart(path.join(folder, 'new.db'), upstream.url);
    assert.equal(error.code, 1);
    isSentence(error.err, /read-only|permission|denied|open/i);
  } finally {
    if (!asRoot) fs.chmodSync(folder, 0o755);
  }
});

test('a full disk never hurts the agent, and the gap is said', async () => {
  const folder = temporary('small');
  fs.mkdirSync(folder);
  // Without the right to mount, a limit on the size of files; a program that is told to ignore the signal sees a failed write.
  const wrap = mount(folder, 'size=1m') ? [] : ['bash', '-c', 'trap "" XFSZ; ulimit -f 700; exec "$@"', '-'];
  const store = path.join(folder, 'store.db');
  const recorder = await Recorder.start(store, upstream.url, { name: 'full', wrap });
  const bodies = Array.from({ length: 24 }, (_, i) => request(Array.from({ length: 4000 }, (_, k) => sha256(`${i} ${k}`)).join(' ')));
  for (const [index, body] of bodies.entries()) {
    const reply = await send(recorder.url, body);
    assert.equal(reply.status, 200);
    assert.ok(reply.body.toString('utf8').endsWith('data: {"type":"message_stop"}\n\n'), `reply ${index + 1} is not whole`);
  }
  await recorder.stop();
  assert.match(recorder.log, /full|no space|too large|NOT STORED/i);
  const turns = allTurns(store);
  assert.ok(turns.length >= 1 && turns.length < bodies.length, `${turns.length} turns`);
  const sent = new Set(bodies.map(sha256));
  turns.forEach(turn => assert.ok(sent.has(sha256(succeed(store, 'raw', turn.session, String(turn.number), '--request'))), `turn ${turn.id}`));
});

test('bad JSON goes on to the server, its answer comes back, and both are stored', async () => {
  const store = temporary('store.db');
  const recorder = await Recorder.start(store, upstream.url, { name: 'bad' });
  const body = '{"model": "fast", "messages": [';
  const reply = await send(recorder.url, body);
  assert.equal(reply.status, 400);
  assert.match(reply.body.toString('utf8'), /invalid_request_error/);
  assert.equal((await send(recorder.url, request('hello'))).status, 200);
  assert.equal(await recorder.stop(), 0);
  const turns = allTurns(store);
  const [bad] = turns.filter(turn => turn.http_status === 400);
  assert.equal(bad.status, 'failed');
  assert.ok(bad.error, 'the turn does not say why');
  assert.equal(succeed(store, 'raw', bad.session, String(bad.number), '--request').toString('utf8'), body);
  assert.equal(sha256(succeed(store, 'raw', bad.session, String(bad.number), '--response')), sha256(reply.body));
  assert.ok(turns.some(turn => turn.status === 'complete'), 'the good turn is missing');
});

test('half a stream reaches the agent as the break that it is', async () => {
  const broken = await startFastUpstream(() => ({ words: Array(20).fill('half '), breakAfter: 10, pauseMs: () => 1 }));
  atEnd(() => broken.close());
  const store = temporary('store.db');
  const recorder = await Recorder.start(store, broken.url, { name: 'half' });
  const [direct, recorded] = [await sdkError(broken.url), await sdkError(recorder.url)];
  assert.equal(recorded.constructor.name, direct.constructor.name, `${recorded} instead of ${direct}`);
  assert.equal(await recorder.stop(), 0);
  const [turn] = succeed(store, 'show', 'half', '--json').turns;
  assert.ok(['failed', 'interrupted'].includes(turn.status), turn.status);
  assert.ok(turn.error, 'the turn does not say why');
  const bytes = succeed(store, 'raw', 'half', '1', '--response').toString('utf8');
  assert.ok(bytes.includes('half ') && !bytes.includes('message_stop'), bytes.slice(0, 200));
});

test('names and numbers that do not exist are answered with what there is', async () => {
  const store = await storeWithOneTurn(temporary('store.db'));
  fails(store, 1, [/good/], 'show', 'god');
  fails(store, 1, [/99/], 'raw', 'good', '99', '--request');
  fails(store, 2, [/m2-base/], 'replay', 'good', '--against', 'simulated:abacus');
  fails(store, 1, [/127\.0\.0\.1/], 'replay', 'good', '--against', `http://127.0.0.1:${await freePort()}`);
  fails(temporary('absent.db'), 1, [/absent/, /record/], 'list');
  assert.equal(turntable(store, 'show').code, 2);
  assert.equal(turntable(store, 'no-such-verb').code, 2);
});
