// `run` starts an agent, records it and ends with it; `watch` tells its turns, live, in another process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { atEnd, program, root, succeed, temporary, turntable, until } from './support.mjs';
import { startFastUpstream } from './fast_upstream.mjs';

const upstream = await startFastUpstream(() => ({ words: ['first ', 'second'], pauseMs: () => 5 }));
atEnd(() => upstream.close());
const store = temporary('store.db');

const agentFile = temporary('agent.mjs');
fs.writeFileSync(agentFile, `
import { send } from ${JSON.stringify(path.join(root, 'scripts/play-session.mjs'))};
const [turns, code, pause] = process.argv.slice(2).map(Number);
for (let turn = 1; turn <= turns; turn++) {
  const messages = [{ role: 'user', content: 'turn ' + turn + ' of ' + process.argv[5] }];
  const reply = await send(process.env.ANTHROPIC_BASE_URL, JSON.stringify({ model: 'fast', max_tokens: 9, stream: true, messages }));
  if (reply.status !== 200) process.exit(99);
  await new Promise(done => setTimeout(done, pause));
}
console.log('the agent says ' + process.env.OPENAI_BASE_URL);
process.exit(code);
`);

/** Runs beside this process, unlike `turntable`: the upstream lives here. */
function begin(...parameters) {
  const child = spawn(program, parameters, { env: { ...process.env, TURNTABLE_STORE: store }, stdio: ['ignore', 'pipe', 'pipe'] });
  const state = { child, out: '', err: '' };
  child.stdout.on('data', chunk => { state.out += chunk; });
  child.stderr.on('data', chunk => { state.err += chunk; });
  state.ended = new Promise(resolve => child.on('close', (code, signal) => resolve(signal ?? code)));
  atEnd(() => child.kill('SIGKILL'));
  return state;
}
const runAgent = (turns, code, pause, name, ...more) =>
  begin('run', '--upstream', upstream.url, '--name', name, ...more, '--', process.execPath, agentFile, turns, code, pause, name);

test('options that may be given again end where the command begins', async () => {
  for (const option of [['--model-map', 'a=b'], ['--files-from', '.'], ['--redact', 'x']]) {
    const run = begin('run', '--upstream', upstream.url, ...option, '--', process.execPath, '-e', 'process.exit(5)');
    assert.equal(await run.ended, 5, run.err);
  }
  const wrong = turntable(store, 'run', '--upstream', upstream.url, 'sh', '-c', 'true');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /-c\n(.*\n)*.*stand behind --/);
});

test('the agent is recorded to its end, and its exit code passed on', async () => {
  const log = temporary('turns.log');
  const run = runAgent(3, 7, 0, 'three', '--log', log);
  assert.equal(await run.ended, 7, run.err);
  assert.match(run.out, /^the agent says http:\/\/127\.0\.0\.1:\d+\/v1\n$/);
  assert.match(run.err, /3 turns, 3 complete/);
  assert.match(run.err, /turntable show latest/);
  assert.equal((fs.readFileSync(log, 'utf8').match(/^turn /gm) ?? []).length, 3);
  const { turns, name } = succeed(store, 'show', 'latest', '--json');
  assert.equal(name.split('-')[0], 'three');
  assert.ok(turns.every(turn => turn.status === 'complete'));
});

test('an agent that asks nothing is told of', async () => {
  const run = runAgent(0, 0, 0, 'none');
  assert.equal(await run.ended, 0);
  assert.match(run.err, /nothing was recorded: does \S+ use ANTHROPIC_BASE_URL/);
});

test('a program that is not there ends with 127, wrong usage with 2', () => {
  const none = turntable(store, 'run', '--upstream', upstream.url, '--', 'no-such-agent');
  assert.equal(none.code, 127);
  assert.match(none.err, /cannot run "no-such-agent": there is no such program/);
  // An agent may end with such a code itself: it was run all the same.
  const own = turntable(store, 'run', '--upstream', upstream.url, '--', 'sh', '-c', 'exit 127');
  assert.equal(own.code, 127);
  assert.match(own.err, /0 turns/);
  assert.equal(turntable(store, 'run', '--upstream', upstream.url).code, 2);
  assert.equal(turntable(store, 'run', '--upstream', 'no url', '--', 'true').code, 2);
});

test('watch tells turns as they end, and not what was there before', async () => {
  const watch = begin('watch', '--json');
  const text = begin('watch');
  await until('the text watch has begun', () => /watching/.test(text.err));
  await new Promise(done => setTimeout(done, 300));
  const run = runAgent(3, 0, 400, 'live');
  await until('a turn is told while the agent runs', () => /"text":"first second"/.test(watch.out));
  assert.equal(run.child.exitCode, null, 'the agent had ended');
  assert.equal(await run.ended, 0, run.err);
  await until('all turns are told', () => watch.out.split('\n').length === 4 && (text.out.match(/^turn /gm) ?? []).length === 3);
  for (const state of [watch, text]) {
    state.child.kill('SIGINT');
    assert.equal(await state.ended, 0, state.err);
  }
  const lines = watch.out.trim().split('\n').map(line => JSON.parse(line));
  assert.ok(lines.every(line => line.session_name.startsWith('live') && line.status === 'complete'), watch.out);
  assert.match(text.out, /^session live/);
  assert.match(text.err, /3 turns, 3 complete/);
});

test('watch of a session shows its last turns first', async () => {
  const watch = begin('watch', 'three', '--last', '1', '--json');
  await until('a turn is told', () => watch.out.includes('\n'));
  watch.child.kill('SIGTERM');
  assert.equal(await watch.ended, 0, watch.err);
  assert.equal(watch.out.trim().split('\n').length, 1, watch.out);
  assert.equal(turntable(store, 'watch', 'nobody').code, 1);
  assert.equal(turntable(temporary('none.db'), 'watch').code, 1);
});
