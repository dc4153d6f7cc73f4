// `doctor` looks at real llama-servers: what it says must be what they are.
import assert from 'node:assert/strict';
import test from 'node:test';
import { spawnSync } from 'node:child_process';
import { atEnd, freePort, needLlamaServer, program, startLlamaServer, temporary, turntable } from './support.mjs';

needLlamaServer();
const server = await startLlamaServer('rand-1m');
atEnd(() => server.stop());
const store = temporary('store.db');
const findingsOf = report => Object.fromEntries(report.findings.map(finding => [finding.subject, finding]));

test('a real llama-server is known, and its context weighed', async () => {
  const result = turntable(store, 'doctor', server.url, '--json');
  const [report] = JSON.parse(result.out);
  const props = await (await fetch(`${server.url}/props`)).json();
  assert.equal(report.kind, 'llama.cpp');
  assert.equal(report.build, props.build_info);
  assert.equal(report.context_tokens, props.default_generation_settings.n_ctx);
  const findings = findingsOf(report);
  assert.equal(findings['Messages API'].weight, 'fine');
  assert.equal(findings.context.weight, report.context_tokens < 24576 ? 'problem' : report.context_tokens < 32768 ? 'advice' : 'fine');
  assert.equal(findings.counters.weight, 'fine');
  assert.equal(findings.usage, undefined);
  assert.equal(result.code, findings.context.weight === 'problem' ? 3 : 0);
});

test('asked, it shows usage, prefix cache and speed', () => {
  const result = turntable(store, 'doctor', server.url, '--ask');
  assert.match(result.out, /fine +usage +[\d,]+ tokens counted of a text of 600 words/);
  assert.match(result.out, /fine +prefix cache +[\d,]+ of [\d,]+ tokens cached when asked the same again/);
  assert.match(result.out, /(fine|advice) +prefill +[\d,]+ tokens a second/);
});

test('a silent address is told of, and ends with 1', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const result = turntable(store, 'doctor', url);
  assert.equal(result.code, 1);
  assert.match(result.out, new RegExp(`^${url}  .*nobody answers`));
  assert.equal(turntable(store, 'doctor', 'no url').code, 2);
});

test('a server that wants a key says so', async () => {
  const closed = await startLlamaServer('rand-1m', ['--api-key', 'open-sesame']);
  atEnd(() => closed.stop());
  const withKey = key => spawnSync(program, ['doctor', closed.url], { env: { ...process.env, TURNTABLE_API_KEY: key } }).stdout.toString();
  const without = turntable(store, 'doctor', closed.url).out;
  assert.match(without, /wants a key/);
  assert.match(without, /TURNTABLE_API_KEY/);
  assert.match(withKey('wrong'), /refuses the key of TURNTABLE_API_KEY|the server wants a key/);
  assert.match(withKey('open-sesame'), /fine +Messages API/);
});
