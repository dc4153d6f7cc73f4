// What a recorder keeps from the disk, as a user meets it: the program, its files, and an agent that notices nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Recorder, atEnd, sha256, succeed, temporary, turntable } from './support.mjs';
import { startFastUpstream } from './fast_upstream.mjs';
import { send } from '../../scripts/play-session.mjs';

const key = 'sk-ant-api03-abcDEF0123456789xyz';
const upstream = await startFastUpstream(() => ({ words: ['your key is sk-ant-api03-', 'abcDEF0123456789xyz', ', keep it'] }));
atEnd(() => upstream.close());
const body = (text, password) => JSON.stringify({
  model: 'fast', max_tokens: 50, stream: true,
  messages: [{ role: 'user', content: text }, { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'login', input: { user: 'ann', password } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'in' }] }],
});

/** Names of the files beside and of `store` that hold `text`. */
function filesWith(store, text) {
  const folder = path.dirname(store);
  return fs.readdirSync(folder).filter(name => name.startsWith(path.basename(store)))
    .filter(name => fs.readFileSync(path.join(folder, name)).includes(text));
}

async function record(store, options, ...bodies) {
  const recorder = await Recorder.start(store, upstream.url, { name: 'kept', ...options });
  const replies = [];
  for (const each of bodies) replies.push(await send(recorder.url, each));
  await recorder.stop();
  return { replies, log: recorder.log };
}

test('secrets are replaced before anything is stored, and the agent gets all of it', async () => {
  const store = temporary('secrets.db');
  const asked = body(`use ${key}`, 'tr0ub4dor&3');
  const { replies, log } = await record(store, {}, asked, asked);
  for (const reply of replies) assert.match(reply.body.toString(), /abcDEF0123456789xyz/);
  for (const secret of [key, 'abcDEF0123456789xyz', 'tr0ub4dor&3']) assert.deepEqual(filesWith(store, secret), []);
  assert.match(log, /6 secrets were replaced/);

  const [turn] = succeed(store, 'show', 'kept', '1', '--json');
  assert.deepEqual(turn.redacted, { request: 2, reply: 1 });
  assert.match(turn.text, /^your key is \[redacted:key:[0-9a-f]{8}\], keep it$/);
  const mark = turn.text.match(/\[redacted:[^\]]+\]/)[0];
  const raw = turntable(store, 'raw', 'kept', '1', '--request');
  assert.equal(raw.code, 0);
  assert.match(raw.err, /2 secrets were replaced before these bytes were stored/);
  assert.ok(raw.out.includes(mark), 'equal secrets have equal marks');
  assert.doesNotThrow(() => JSON.parse(raw.out));
  const everything = raw.out + turntable(store, 'raw', 'kept', '1', '--response').out + turntable(store, 'show', 'kept', '1', '--json').out;
  for (const secret of [key, 'abcDEF0123456789xyz', 'tr0ub4dor&3']) assert.ok(!everything.includes(secret));
  assert.match(turntable(store, 'show', 'kept', '1').out, /redacted before it was stored: 2 in the request, 1 in the reply/);
  assert.equal(turntable(store, 'check').code, 0);
});

test('a request without secrets is stored byte by byte', async () => {
  const store = temporary('clean.db');
  const asked = JSON.stringify({ model: 'fast', max_tokens: 50, stream: true, messages: [{ role: 'user', content: 'the password is not here' }] });
  await record(store, {}, asked);
  const raw = turntable(store, 'raw', 'kept', '1', '--request');
  assert.equal(sha256(raw.out), sha256(asked));
  assert.equal(raw.err, '');
});

test('--no-redact and --redact', async () => {
  const store = temporary('asked.db');
  await record(store, { parameters: ['--no-redact', '--redact', 'ticket-[0-9]+'] }, body(`${key} for ticket-77`, 'x'));
  assert.ok(turntable(store, 'raw', 'kept', '1', '--request').out.includes(key), 'it was asked for as it is');
  assert.deepEqual(filesWith(store, 'ticket-77'), []);
  const wrong = turntable(store, 'record', '--upstream', upstream.url, '--redact', 'a(b');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /^turntable: --redact: "a\(b" is no regular expression: .+\n$/);
});

test('--no-content stores figures only, and says so wherever content is asked for', async () => {
  const store = temporary('figures.db');
  await record(store, { parameters: ['--no-content'] }, body('a private question', 'x'), body('a private question', 'x'));
  for (const text of ['private question', 'keep it', 'ann']) assert.deepEqual(filesWith(store, text), []);
  const { turns } = succeed(store, 'show', 'kept', '--json');
  assert.equal(turns.length, 2);
  assert.ok(turns[0].tokens.input > 0 && turns[0].time_ms.total > 0);
  assert.match(turntable(store, 'show', 'kept', '1').out, /recorded without its content, which had \d+ bytes/);
  assert.match(turntable(store, 'raw', 'kept', '1', '--request').err, /recorded without its content/);
  const replay = turntable(store, 'replay', 'kept', '--against', 'simulated:m4-max');
  assert.match(replay.err + replay.out, /turn 1 was recorded without content \(--no-content\): there is nothing to ask again/);
  assert.equal(turntable(store, 'check').code, 0);
});
