// `record --upstream-api openai`: the Anthropic SDK works against a llama-server of which only OpenAI's API can be reached, and gets
// the messages that the same server gives on its own Messages API.
//
// What the server itself makes differ, and is left out of the comparison: ids of messages and calls are drawn at random each time;
// the Messages API names the stop sequence that was hit, Chat Completions does not; counts of the prompt stand in message_start
// there, and come with the last chunk here; `timings` are on Chat Completions only.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Recorder, atEnd, needLlamaServer, requirePackage, sameBytes, sectionSum, sha256, startLlamaServer, succeed, temporary, turntable } from './support.mjs';

needLlamaServer();
const { default: Anthropic } = requirePackage('@anthropic-ai/sdk');
const tools = [
  { name: 'click', description: 'Click an element', input_schema: { type: 'object', properties: { ref: { enum: ['e1', 'e2', 'e3'] } }, required: ['ref'] } },
  { name: 'scroll', description: 'Scroll the page', input_schema: { type: 'object', properties: { direction: { enum: ['up', 'down'] } }, required: ['direction'] } },
];

/** Stands before a server and knows only some of its calls. */
async function startHop(upstream, knows) {
  const asked = [];
  const hop = http.createServer((request, reply) => {
    asked.push(request.url);
    if (!knows(request.url)) return reply.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
    const { host, ...headers } = request.headers;
    const onward = http.request(upstream + request.url, { method: request.method, headers }, answer => {
      reply.writeHead(answer.statusCode, answer.headers);
      reply.flushHeaders();
      answer.pipe(reply);
    });
    onward.on('error', () => reply.destroy());
    reply.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise(done => hop.listen(0, '127.0.0.1', done));
  atEnd(() => hop.close());
  return { url: `http://127.0.0.1:${hop.address().port}`, asked };
}

/** A fetch that notes the bytes of every exchange as the SDK sends and receives them. */
const tappedFetch = exchanges => async (url, init) => {
  const reply = await fetch(url, init);
  const [forSdk, forUs] = reply.body.tee();
  exchanges.push({ request: init.body, received: new Response(forUs).arrayBuffer().catch(() => null) });  // an abort cuts both
  return new Response(forSdk, { status: reply.status, headers: reply.headers });
};

// Nothing is kept between requests: what a prompt finds in the cache changes the last bits of its numbers, and with them the words.
// serve.sh gives the server a fixed seed, so that equal requests have equal answers at any temperature; at 0 a model of random
// weights hardly ever ends a call, so that the loop runs at both.
const server = await startLlamaServer('rand-50m', ['--no-cache-prompt', '--cache-ram', '0']);
const isOpenAi = url => /^\/v1\/chat\/completions/.test(url);
const hop = await startHop(server.url, isOpenAi);
const store = temporary('store.db');
const recorder = await Recorder.start(store, `${hop.url}/v1`, { name: 'shim', parameters: ['--upstream-api', 'openai', '--model-map', 'claude-*=rand-50m'] });
const exchanges = [];
const shim = new Anthropic({ baseURL: recorder.url, apiKey: 'a-key', maxRetries: 0, fetch: tappedFetch(exchanges) });
const native = new Anthropic({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });

/** A message without what is drawn at random. */
function comparable(message) {
  const { id, content, usage, ...rest } = message;
  const { timings, ...fields } = rest;
  const { server_tool_use, ...counts } = usage;
  return { ...fields, usage: counts, hasId: typeof id === 'string' && id.length > 0,
    content: content.map(({ id: callId, ...block }) => ({ ...block, hasId: callId === undefined ? undefined : callId.length > 0 })) };
}

const base = { model: 'claude-anything', temperature: 0, system: 'You work by tools.', tools };
const messages = [{ role: 'user', content: 'Open the settings and switch the lights off.' }];

test('a tool loop of four streamed turns gives what the Messages API of the same server gives', async () => {
  const reasons = [];
  for (let turn = 1; turn <= 4; turn++) {
    const request = { ...base, temperature: turn === 4 ? 0 : 0.8, max_tokens: 400, tool_choice: { type: turn === 3 ? 'auto' : 'any' }, messages };
    const expected = await native.messages.stream(request).finalMessage();
    const answer = await shim.messages.stream(request).finalMessage();
    assert.deepEqual(comparable(answer), comparable(expected), `turn ${turn}`);
    reasons.push(answer.stop_reason);
    const calls = answer.content.filter(block => block.type === 'tool_use');
    messages.push({ role: 'assistant', content: answer.content });
    messages.push({ role: 'user', content: calls.length === 0 ? 'Go on.'
      : calls.map(call => ({ type: 'tool_result', tool_use_id: call.id, content: `done: ${JSON.stringify(call.input)}` })) });
  }
  assert.ok(reasons.includes('tool_use'), `no turn called a tool: ${reasons}`);
});

test('a message in one piece is the same, too', async () => {
  for (const more of [{ max_tokens: 400, temperature: 0.8, tool_choice: { type: 'any' } }, { max_tokens: 20 }]) {
    const request = { ...base, ...more, messages: messages.slice(0, 3) };
    const answer = await shim.messages.create(request);
    assert.deepEqual(comparable(answer), comparable(await native.messages.create(request)));
    assert.ok(answer.timings.prompt_n > 0, 'the server said how long it took');
  }
});

test('a stop sequence ends a message, though only the Messages API names it', async () => {
  const request = { model: 'claude-anything', temperature: 0, max_tokens: 200, messages: messages.slice(0, 1) };
  const { text } = (await native.messages.create(request)).content[0];
  const stopping = { ...request, stop_sequences: [text.slice(20, 24)] };
  const [answer, expected] = [await shim.messages.create(stopping), await native.messages.create(stopping)];
  assert.equal(expected.stop_sequence, text.slice(20, 24));
  assert.equal(answer.stop_sequence, null);
  assert.deepEqual({ ...comparable(answer), stop_sequence: expected.stop_sequence }, comparable(expected));
});

test('tokens are counted by the server, in each of the ways it has', async () => {
  const request = { model: base.model, system: base.system, tools, messages };
  const { input_tokens: exact } = await native.messages.countTokens(request);
  assert.deepEqual(await shim.messages.countTokens(request), { input_tokens: exact });
  const older = await startHop(server.url, url => url === '/apply-template' || url === '/tokenize');
  const none = await startHop(server.url, () => false);
  for (const [upstream, check] of [
    [older.url, client => client.messages.countTokens(request).then(count => assert.deepEqual(count, { input_tokens: exact }))],
    [none.url, client => assert.rejects(client.messages.countTokens(request), error =>
      error instanceof Anthropic.NotFoundError && error.error.error.type === 'not_found_error' && /cannot count tokens/.test(error.message))],
  ]) {
    succeed(store, 'upstream', upstream, '--recorder', recorder.url);
    await check(shim);
  }
  succeed(store, 'upstream', `${hop.url}/v1`, '--upstream-api', 'openai', '--recorder', recorder.url);
});

test('an error of the server is one that the SDK understands', async () => {
  const long = { ...base, max_tokens: 20, messages: [{ role: 'user', content: 'word '.repeat(40_000) }] };
  const error = await shim.messages.stream(long).finalMessage().then(() => assert.fail('no error'), caught => caught);
  assert.ok(error instanceof Anthropic.BadRequestError, String(error));
  assert.equal(error.error.error.type, 'invalid_request_error');
  assert.match(error.message, /exceeds the available context size/);
});

test('an API that nobody knows is wrong usage', () => {
  for (const verb of [['record', '--upstream', hop.url], ['upstream', hop.url]]) {
    const { code, err } = turntable(store, ...verb, '--upstream-api', 'claude');
    assert.equal(code, 2, err);
    assert.match(err, /--upstream-api.*claude.*anthropic.*openai/s);
  }
});

test('an agent that hangs up stops the server', async () => {
  const stream = shim.messages.stream({ ...base, max_tokens: 20_000, tools: undefined, messages: messages.slice(0, 1) });
  await new Promise(done => stream.once('text', done));
  stream.abort();
  await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
  const busy = async () => (await (await fetch(`${server.url}/slots`)).json()).some(slot => slot.is_processing);
  for (let tries = 0; tries < 250 && await busy(); tries++) await new Promise(done => setTimeout(done, 20));
  assert.equal(await busy(), false, 'the server works on');
});

test('what the agent sent and got is what was recorded', async context => {
  assert.equal(await recorder.stop(), 0, recorder.log);
  await server.stop();
  assert.ok(hop.asked.every(isOpenAi), `asked for: ${[...new Set(hop.asked)]}`);
  const turns = succeed(store, 'list', '--json').flatMap(({ id }) =>
    succeed(store, 'show', String(id), '--json').turns.map(turn => ({ ...turn, session: String(id) })));
  const recorded = exchanges.filter(({ request }) => 'max_tokens' in JSON.parse(request));
  assert.equal(turns.length, recorded.length);
  for (const { request, received } of recorded) {
    const bytes = await received;
    const turn = turns.find(each => each.request_bytes === Buffer.byteLength(request)
      && sha256(succeed(store, 'raw', each.session, String(each.number), '--request')) === sha256(request));
    assert.ok(turn, 'a request is not in the store');
    turns.splice(turns.indexOf(turn), 1);
    const requestHash = sha256(request);
    sameBytes(assert, store, turn.session, turn.number, { requestHash, replyHash: bytes && sha256(Buffer.from(bytes)) });
    assert.equal(turn.status === 'cancelled', bytes === null);
    assert.equal(turn.api, 'anthropic');
    if (turn.status !== 'complete') continue;
    await context.test(`figures of turn ${turn.number} of session ${turn.session}`, () => {
      assert.equal(turn.tokens.basis.input, 'exact');
      assert.equal(sectionSum(turn.tokens), turn.tokens.input);
      assert.equal(turn.server.prompt_tokens + turn.server.cached_tokens, turn.tokens.input);
      assert.equal(turn.server.predicted_tokens, turn.tokens.output);
      assert.ok(turn.server.prefill_ms > 0, 'the server told its prefill');
    });
  }
});
