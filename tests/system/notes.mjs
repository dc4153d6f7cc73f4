// Notes on the command line: written beside a session or a turn, shown with both, removed; wrong usage is told apart from failure.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Recorder, atEnd, succeed, temporary, turntable } from './support.mjs';
import { startFastUpstream } from './fast_upstream.mjs';
import { runAgent } from './load.mjs';

const upstream = await startFastUpstream(() => ({ words: ['done'] }));
atEnd(() => upstream.close());
const store = temporary('store.db');
const recorder = await Recorder.start(store, upstream.url);
let asked = 0;
await runAgent(recorder.url, 'desk', upstream, { goesOn: () => asked++ < 2 });
const written = [];

test('notes are written while a recorder runs, and shown', () => {
  written.push(succeed(store, 'note', 'desk', 'the whole run', '--json'));
  written.push(succeed(store, 'note', 'desk', '--turn', '2', 'déjà vu "quoted"\nsecond line', '--json'));
  assert.equal(written[1].turn, 2);
  const expected = written.map(({ id, written: at, text, turn }) => ({ id, written: at, text, turn }));
  assert.deepEqual(succeed(store, 'show', 'desk', '--json').notes, expected);
  const [turn] = succeed(store, 'show', 'desk', '2', '--json');
  assert.deepEqual(turn.notes.map(note => note.text), ['déjà vu "quoted"\nsecond line']);
  assert.match(turntable(store, 'show', 'desk').out, /note 1 .*the whole run\nturn   1/);
});

test('a note can be removed once', () => {
  assert.equal(succeed(store, 'note', '--remove', String(written[0].id), '--json').id, written[0].id);
  assert.deepEqual(succeed(store, 'show', 'desk', '--json').notes.map(note => note.id), [written[1].id]);
  const again = turntable(store, 'note', '--remove', String(written[0].id));
  assert.equal(again.code, 1);
  assert.match(again.err, /no note 1/);
});

test('what makes no sense is refused', () => {
  for (const [code, words, ...parameters] of [
    [2, /needs a session and a text/, 'desk'], [2, /nothing else/, 'desk', 'text', '--remove', '1'], [1, /no session|nobody/, 'nobody', 'text'],
    [1, /turn 9|no turn/, 'desk', 'text', '--turn', '9'], [2, /--turn/, 'desk', 'text', '--turn', 'x']]) {
    const result = turntable(store, 'note', ...parameters);
    assert.equal(result.code, code, `note ${parameters.join(' ')}: ${result.err}`);
    assert.match(result.err, words);
  }
  assert.equal(turntable(temporary('none.db'), 'note', 'desk', 'text').code, 1);
});

test('the recorder has not noticed', async () => assert.equal(await recorder.stop(), 0));
