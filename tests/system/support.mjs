// What the system tests share: the program, its recorder, real model servers, places to write to. Everything that a test
// starts or makes is ended and removed when the test file ends.
import { after } from 'node:test';
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const required = name => process.env[name] ?? (console.error(`${name} is not set: run me through ctest`), process.exit(2));
export const program = required('TURNTABLE_PROGRAM');
const cache = required('TURNTABLE_CACHE');

export const sha256 = bytes => crypto.createHash('sha256').update(bytes).digest('hex');
export const fixture = name => path.join(root, 'fixtures/sessions', name);
export const requirePackage = createRequire(path.join(required('TURNTABLE_NODE_MODULES'), 'any.js'));

const children = new Set();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'turntable-system-'));
const cleanUps = [];
export const atEnd = action => cleanUps.push(action);
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const action of cleanUps.reverse()) await action();
  fs.rmSync(folder, { recursive: true, force: true });
});

let counter = 0;
export const temporary = name => path.join(folder, `${++counter}-${name}`);

/** Ends the test file as skipped where no llama-server could be brought. */
export function needLlamaServer() {
  if (fs.existsSync(path.join(cache, 'llama-server/llama-server'))) return;
  console.log('skipped: there is no llama-server on this machine');
  process.exit(77);
}

/** Runs the program to its end. */
export function turntable(store, ...parameters) {
  const options = { maxBuffer: 1 << 30, timeout: 600_000, env: { ...process.env, TURNTABLE_STORE: store } };
  const { status, signal, stdout, stderr, error } = spawnSync(program, parameters, options);
  if (error) throw error;
  return { code: signal ?? status, bytes: stdout, out: stdout.toString('utf8'), err: stderr.toString('utf8') };
}

/** The same, for a run that must succeed; gives the JSON document or the bytes. */
export function succeed(store, ...parameters) {
  const result = turntable(store, ...parameters);
  if (result.code !== 0) throw new Error(`turntable ${parameters.join(' ')} ended with ${result.code}: ${result.err}`);
  return parameters.includes('--json') ? JSON.parse(result.out) : result.bytes;
}

export async function until(what, condition, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise(done => setTimeout(done, 20));
  }
}

export const freePort = () => new Promise((resolve, reject) => {
  const server = net.createServer().on('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

function start(command, parameters, options = {}) {
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  children.add(child);
  const state = { child, out: '', err: '' };
  child.stdout.on('data', chunk => { state.out += chunk; });
  child.stderr.on('data', chunk => { state.err += chunk; });
  state.ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => { children.delete(child); resolve(signal ?? code); });
  });
  return state;
}

/** A running `turntable record`. */
export class Recorder {
  /** `wrap` runs the program by another one: ['bash', '-c', 'ulimit …; exec "$@"', '-']. */
  static async start(store, upstream, { name = 'test', listen = '127.0.0.1:0', parameters = [], wrap = [] } = {}) {
    const recorder = new Recorder();
    const all = [...wrap, program, 'record', '--upstream', upstream, '--listen', listen, '--store', store, '--name', name,
      ...parameters];
    recorder.process = start(all[0], all.slice(1));
    const gone = recorder.process.ended.then(code => { recorder.code = code; });
    await Promise.race([gone, until('the recorder listens', () => recorder.code !== undefined || /^listening \S+\n/m.test(recorder.process.out))]);
    if (recorder.code !== undefined) throw Object.assign(new Error(recorder.process.err), { code: recorder.code, err: recorder.process.err });
    recorder.url = recorder.process.out.match(/^listening (\S+)/m)[1];
    return recorder;
  }
  get log() { return this.process.err; }
  kill() { this.process.child.kill('SIGKILL'); return this.process.ended; }
  /** Ends it in order; gives the exit code. */
  stop() { this.process.child.kill('SIGTERM'); return this.process.ended; }
}

/** A real llama-server with one of the models of make-model.mjs, and more of its own arguments. */
export async function startLlamaServer(preset, parameters = []) {
  const port = await freePort();
  const server = start(path.join(root, 'scripts/llama-server/serve.sh'), [cache, preset, String(port), ...parameters]);
  const url = `http://127.0.0.1:${port}`;
  let gone = false;
  server.ended.then(() => { gone = true; });
  await until(`${preset} is served`, async () => {
    if (gone) throw new Error(`llama-server ended: ${server.err.slice(-2000)}`);
    return fetch(`${url}/health`).then(reply => reply.ok, () => false);
  }, 120);
  return { url, stop: () => { server.child.kill('SIGTERM'); return server.ended; } };
}

/** What the server itself has counted so far. */
export async function metricsOf(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = name => Number(text.match(new RegExp(`^llamacpp:${name} (\\S+)`, 'm'))[1]);
  return { prefillMs: read('prompt_seconds_total') * 1000, prompt: read('prompt_tokens_total'), cached: read('prompt_tokens_cached_total') };
}

/** A wire measurement may be off by a tenth or by 5 ms, whichever is more. */
export const closeEnough = (measured, truth) => Math.abs(measured - truth) <= Math.max(5, truth / 10);

/** Checks, by SHA-256, that the store gives out exactly these bytes for a turn. */
export function sameBytes(assert, store, session, turn, { requestHash, replyHash }) {
  assert.equal(sha256(succeed(store, 'raw', session, String(turn), '--request')), requestHash, `request of turn ${turn} of ${session}`);
  if (replyHash) assert.equal(sha256(succeed(store, 'raw', session, String(turn), '--response')), replyHash, `reply of turn ${turn} of ${session}`);
}

/** Sections of a turn, which must sum to its input. */
export const sectionSum = tokens => ['system', 'tools', 'history', 'screen', 'user', 'other'].reduce((sum, name) => sum + (tokens[name] ?? 0), 0);
