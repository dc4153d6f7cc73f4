// The verb `import` over the logs of other recorders: what it prints, what it leaves, how it fails.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { root, sha256, succeed, temporary, turntable } from './support.mjs';

const logs = ['claude-trace.jsonl', 'calls.har', 'claude-code.jsonl'].map(name => path.join(root, 'fixtures/logs', name));

test('logs become sessions, and importing again changes nothing', () => {
  const store = temporary('store.db');
  const files = succeed(store, 'import', ...logs, '--name', 'seen', '--json');
  assert.deepEqual(files.map(file => [file.format, file.error, file.problem_count]),
    [['claude-trace', null, 0], ['har', null, 0], ['claude-code', null, 0]]);
  const sessions = files.flatMap(file => file.sessions);
  assert.deepEqual(sessions.map(({ name, turns, added }) => [name, turns, added]),
    [['seen', 3, 3], ['seen-2', 1, 1], ['seen', 2, 2], ['seen', 3, 3], ['seen-2', 1, 1]]);
  assert.ok(sessions.every(session => session.missing.length > 0));

  const [turn] = succeed(store, 'show', String(sessions[3].id), '2', '--json');
  assert.match(turn.provenance, /^reconstructed; /);
  assert.deepEqual([turn.tokens.system, turn.tokens.tools, turn.tokens.input, turn.time_ms.prefill, turn.http_status],
    [null, null, 1905, null, null]);

  const before = sha256(fs.readFileSync(store));
  const again = succeed(store, 'import', ...logs, '--json').flatMap(file => file.sessions);
  assert.deepEqual(again.map(({ id, added, completed, left_alone }) => [id, added, completed, left_alone]),
    sessions.map(({ id }) => [id, 0, 0, 0]));
  assert.equal(sha256(fs.readFileSync(store)), before);
});

test('one line a session says what is missing', () => {
  const { code, out, err } = turntable(temporary('store.db'), 'import', logs[0]);
  assert.equal(code, 0, err);
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, 3);
  assert.match(lines[0], /^1 {2}claude-trace {2}3 turns, 3 new; missing: .*1 request without a reply$/);
  assert.match(lines[2], /1 entry that is no model call passed over/);
});

test('a broken line is named and the rest imported', () => {
  const store = temporary('store.db'), log = temporary('broken.jsonl');
  fs.writeFileSync(log, `{"cut\n${fs.readFileSync(logs[0], 'utf8')}`);
  const { code, out, err } = turntable(store, 'import', log);
  assert.equal(code, 0);
  assert.match(out, /3 turns, 3 new/);
  assert.match(err, /^turntable: .*broken\.jsonl: line 1: not JSON at byte \d+.*\n$/);
});

test('what is no log is refused with a sentence, and the other files are imported', () => {
  const store = temporary('store.db'), diary = temporary('diary.txt'), none = temporary('none');
  fs.writeFileSync(diary, 'Dear diary');
  const { code, out, err } = turntable(store, 'import', diary, logs[1]);
  assert.equal(code, 2);
  assert.match(err, /^turntable: .*diary\.txt: the file begins with "Dear diary" and is no log.*\n$/);
  assert.match(out, /2 turns, 2 new/);
  const missing = turntable(temporary('other.db'), 'import', none);
  assert.deepEqual([missing.code, missing.out], [1, '']);
  assert.match(missing.err, /there is no file/);
});
