// Plays a recorded conversation as an agent would: one Messages API request a turn, each re-sending the whole history.
//   node play-session.mjs BASE_URL SESSION_FOLDER [--model NAME] [--max-tokens N] [--turns N] [--tool-times]
// SESSION_FOLDER holds session.messages.json, tools.json and turns.json (fixtures/sessions/...). The server's answer is read to
// its end; the next request goes on with the recorded one, so that any server will do. --tool-times waits between turns as
// long as the recorded tool took. Prints one line a turn; exit code 1 when a turn was not answered with 200. No packages.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const readJson = file => JSON.parse(fs.readFileSync(file, 'utf8'));
const sha256 = bytes => crypto.createHash('sha256').update(bytes).digest('hex');

/** The requests of a session, in order: one for each assistant message. */
export function requestsOf(folder, { model = 'local', maxTokens = 64, stream = true } = {}) {
  const { messages } = readJson(path.join(folder, 'session.messages.json'));
  const tools = readJson(path.join(folder, 'tools.json')).map(tool => ({
    name: `mcp__playwright__${tool.name}`, description: tool.description, input_schema: tool.inputSchema,
  }));
  const system = fs.readFileSync(new URL('system-prompt.txt', import.meta.url), 'utf8').trim();
  return messages.flatMap((message, index) => message.role !== 'assistant' ? []
    : [JSON.stringify({ model, max_tokens: maxTokens, stream, system, tools, messages: messages.slice(0, index) })]);
}

/** Sends one request on a connection of its own. Times in ms: first content delta and last byte. */
export function send(base, body, target = '/v1/messages') {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const chunks = [];
    let first = null, tail = '';
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body),
      'x-api-key': 'none', 'anthropic-version': '2023-06-01' };
    const request = http.request(base.replace(/\/$/, '') + target, { method: 'POST', agent: false, headers }, reply => {
      reply.on('data', chunk => {
        chunks.push(chunk);
        if (first !== null) return;
        tail = (tail + chunk.toString('latin1')).slice(-4096);
        if (/_delta"|"delta":\{"content":"/.test(tail)) first = performance.now() - started;
      });
      reply.on('end', () => resolve({ status: reply.statusCode, body: Buffer.concat(chunks), first,
        total: performance.now() - started }));
      reply.on('error', error => reject(Object.assign(error, { received: Buffer.concat(chunks) })));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Input, cached and output tokens as a Messages stream reports them, over all of its events; null when it does not say. */
export function usageOf(text) {
  const usage = {};
  for (const line of text.split('\n')) {
    if (!line.startsWith('data:')) continue;
    const data = JSON.parse(line.slice(5));
    for (const [key, value] of Object.entries(data.message?.usage ?? data.usage ?? {})) if (value !== null) usage[key] = value;
  }
  const cached = usage.cache_read_input_tokens ?? null;
  return { fresh: usage.input_tokens ?? null, cached, output: usage.output_tokens ?? null };
}

/** Plays the session; `beforeTurn` and `afterTurn` may look at the server in between. Returns one result a turn. */
export async function playSession(base, folder, { turns = Infinity, toolTimes = false, beforeTurn, afterTurn, ...request } = {}) {
  const bodies = requestsOf(folder, request).slice(0, turns);
  const tools = toolTimes ? readJson(path.join(folder, 'turns.json')) : [];
  const results = [];
  for (const [index, body] of bodies.entries()) {
    await beforeTurn?.(index + 1);
    const reply = await send(base, body);
    const result = { turn: index + 1, request: body, requestHash: sha256(body), replyHash: sha256(reply.body), ...reply };
    results.push(result);
    await afterTurn?.(result);
    if (index + 1 < bodies.length && tools[index]) await new Promise(done => setTimeout(done, tools[index].ms));
  }
  return results;
}

async function main([base, folder, ...rest]) {
  if (!base || !folder) {
    console.error('usage: play-session.mjs BASE_URL SESSION_FOLDER [--model NAME] [--max-tokens N] [--turns N] [--tool-times]');
    return 2;
  }
  const option = (name, fallback) => rest.includes(name) ? rest[rest.indexOf(name) + 1] : fallback;
  let refused = 0;
  const afterTurn = ({ turn, status, body, first, total }) => {
    if (status !== 200) refused++;
    const usage = status === 200 ? usageOf(body.toString('utf8')) : null;
    const figures = usage ? `${usage.fresh ?? '-'} new, ${usage.cached ?? '-'} cached, ${usage.output ?? '-'} out`
      : body.toString('utf8').slice(0, 200);
    console.log(`turn ${turn}: ${status}, first delta ${first?.toFixed(0) ?? '-'} ms, total ${total.toFixed(0)} ms, ${figures}`);
  };
  const results = await playSession(base, folder, { model: option('--model', 'local'), afterTurn,
    maxTokens: Number(option('--max-tokens', 64)), turns: Number(option('--turns', Infinity)), toolTimes: rest.includes('--tool-times') });
  console.log(`${results.length - refused} of ${results.length} turns answered`);
  return refused === 0 ? 0 : 1;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2)).catch(error => { console.error(`play-session: ${error.message}`); return 1; });
}
