// The bundled sessions: whole, readable where nothing may be written, and replayed against simulated machines with the figures
// that their profile promises.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fixture, program, root, sectionSum, sha256, succeed, temporary, turntable } from './support.mjs';
import { requestsOf } from '../../scripts/play-session.mjs';

const bundled = path.join(root, 'fixtures/bundled/sessions.turntable.db');
const sessions = [{ name: 'todo', turns: 12, folder: 'todo-0.0.83', model: 'simulated:m2-base' },
  { name: 'tiddly', turns: 18, folder: 'tiddly-boxes-0.0.83', model: 'simulated:m4-max' }];
const copy = () => { const store = temporary('sessions.db'); fs.copyFileSync(bundled, store); return store; };

test('both sessions are whole and hold the requests of their fixtures', () => {
  const store = copy();
  for (const { name, turns: count, folder, model } of sessions) {
    const { turns } = succeed(store, 'show', name, '--json');
    assert.equal(turns.length, count);
    const requests = requestsOf(fixture(folder), { model, maxTokens: 1024 });
    turns.forEach((turn, index) => {
      assert.equal(turn.status, 'complete');
      assert.equal(turn.model, model);
      assert.equal(sectionSum(turn.tokens), turn.tokens.input);
      assert.equal(turn.actions.length, 1);
      assert.equal(sha256(succeed(store, 'raw', name, String(turn.number), '--request')), sha256(requests[index]));
    });
    assert.ok(turns.slice(1).every(turn => turn.screen.elements > 0), 'a turn after the first has no screen');
  }
});

test('a simulated replay answers every turn at the speed of its profile', () => {
  const store = copy();
  for (const [profile, prefill, decode] of [['m2-base', 300, 32.5], ['m3-pro', 225, 18.5], ['m4-max', 600, 37.5]]) {
    const result = succeed(store, 'replay', 'todo', '--against', `simulated:${profile}`, '--name', profile).toString('utf8');
    assert.match(result, /12 of 12 turns answered/);
    for (const turn of succeed(store, 'show', profile, '--json').turns) {
      const { tokens, time_ms: time } = turn;
      assert.equal(time.source, 'simulated');
      assert.equal(tokens.basis.input, 'simulated');
      assert.ok(Math.abs(time.prefill - 1000 * (tokens.input - tokens.cached) / prefill) < 1, `prefill of turn ${turn.number}`);
      assert.ok(Math.abs(time.decode - 1000 * tokens.output / decode) < 1, `decode of turn ${turn.number}`);
    }
  }
  const { runs, turns } = succeed(store, 'compare', 'todo', '--json');
  assert.deepEqual(runs.map(run => run.simulated), [true, true, true]);
  turns.forEach(turn => assert.deepEqual(turn.runs.map(run => run.agreement), Array(3).fill('same_call')));
  assert.match(succeed(store, 'compare', 'todo').toString('utf8'), /simulated/);
  assert.equal(turntable(store, 'compare', 'todo', '--min-agreement', '100').code, 0);
});

test('the screen of the next turn shows what the action changed', () => {
  const changes = succeed(copy(), 'diff', 'todo', '3..4', '--json');
  assert.ok(changes[0].added > 0, JSON.stringify(changes));
});

test('the window can be drawn without a display', { skip: !fs.existsSync(path.join(path.dirname(program), 'turntable-studio')) }, () => {
  const store = copy();
  succeed(store, 'replay', 'todo', '--against', 'simulated:m4-max', '--name', 'fast');
  for (const [view, ...selection] of [['session', 'todo'], ['compare', 'todo', 'fast']]) {
    const picture = temporary(`${view}.png`);
    succeed(store, 'studio', ...selection, '--picture', picture, '--view', view, '--size', '1280x800');
    const bytes = fs.readFileSync(picture);
    assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1280, 800]);
  }
});
