// An agent that speaks OpenAI's Chat Completions is recorded just the same; the server's own timings check our figures.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Recorder, closeEnough, needLlamaServer, sameBytes, sectionSum, sha256, startLlamaServer, succeed, temporary } from './support.mjs';
import { send } from '../../scripts/play-session.mjs';

needLlamaServer();
const tools = [{ type: 'function', function: { name: 'click', description: 'Click an element',
  parameters: { type: 'object', properties: { ref: { enum: ['e1', 'e2'] } }, required: ['ref'] } } }];
const history = [{ role: 'system', content: 'You work by tools. '.repeat(60) }, { role: 'user', content: 'Press the button.' }];
const request = messages => JSON.stringify({ model: 'any', max_tokens: 120, stream: true, stream_options: { include_usage: true }, tools, messages });

/** What the last chunks of a stream say: usage and llama.cpp's timings, and the calls put together. */
function readStream(body) {
  const chunks = body.toString('utf8').split('\n').filter(line => line.startsWith('data: {')).map(line => JSON.parse(line.slice(6)));
  const calls = [];
  for (const call of chunks.flatMap(chunk => chunk.choices[0]?.delta?.tool_calls ?? [])) {
    calls[call.index] ??= { id: call.id, name: call.function.name, arguments: '' };
    calls[call.index].arguments += call.function.arguments ?? '';
  }
  return { calls, usage: chunks.find(chunk => chunk.usage)?.usage, timings: chunks.find(chunk => chunk.timings)?.timings };
}

test('a streamed chat completion is a turn', async () => {
  const store = temporary('store.db');
  const server = await startLlamaServer('rand-50m');
  const recorder = await Recorder.start(store, server.url, { name: 'chat' });
  const exchanges = [];
  const messages = [...history];
  for (let turn = 1; turn <= 3; turn++) {
    const body = request(messages);
    const reply = await send(recorder.url, body, '/v1/chat/completions');
    assert.equal(reply.status, 200);
    exchanges.push({ body, reply, read: readStream(reply.body) });
    messages.push({ role: 'assistant', content: 'I look at it.' }, { role: 'user', content: `Round ${turn}: go on, please.` });
  }
  assert.equal(await recorder.stop(), 0, recorder.log);
  await server.stop();

  const { turns } = succeed(store, 'show', 'chat', '--json');
  assert.equal(turns.length, 3);
  exchanges.forEach(({ body, reply, read: { usage, timings, calls } }, index) => {
    const turn = turns[index];
    assert.equal(turn.api, 'openai');
    assert.equal(turn.status, 'complete');
    sameBytes(assert, store, 'chat', index + 1, { requestHash: sha256(body), replyHash: sha256(reply.body) });
    assert.equal(turn.tokens.input, usage.prompt_tokens);
    assert.equal(turn.tokens.cached, usage.prompt_tokens_details.cached_tokens);
    assert.equal(turn.tokens.output, usage.completion_tokens);
    assert.equal(sectionSum(turn.tokens), turn.tokens.input);
    assert.ok(Math.abs(turn.server.prefill_ms - timings.prompt_ms) < 0.01, 'the server\'s own timings are kept');
    assert.equal(turn.server.prompt_tokens, timings.prompt_n);
    assert.ok(closeEnough(turn.time_ms.prefill, timings.prompt_ms), `turn ${turn.number}: ${turn.time_ms.prefill} ms, server ${timings.prompt_ms} ms`);
    assert.deepEqual(turn.actions.map(action => [action.call_id, action.tool]), calls.map(call => [call.id, call.name]));
  });
});
