// The Anthropic SDK runs a streaming tool loop of four turns through the recorder and does not notice; the store holds what was
// on the wire, bit for bit, and no key.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { spawnSync } from 'node:child_process';
import { Recorder, needLlamaServer, requirePackage, sameBytes, sectionSum, sha256, startLlamaServer, succeed, temporary, turntable } from './support.mjs';

needLlamaServer();
const { default: Anthropic } = requirePackage('@anthropic-ai/sdk');
const apiKey = 'sk-ant-a-key-that-must-not-be-stored';
const tools = [
  { name: 'click', description: 'Click an element', input_schema: { type: 'object', properties: { ref: { enum: ['e1', 'e2', 'e3'] } }, required: ['ref'] } },
  { name: 'scroll', description: 'Scroll the page', input_schema: { type: 'object', properties: { direction: { enum: ['up', 'down'] } }, required: ['direction'] } },
];

/** A fetch that notes the bytes of every exchange as the SDK sends and receives them. */
function tappedFetch(exchanges) {
  return async (url, init) => {
    const reply = await fetch(url, init);
    const [forSdk, forUs] = reply.body.tee();
    const received = new Response(forUs).arrayBuffer();
    exchanges.push({ request: init.body, received });
    return new Response(forSdk, { status: reply.status, headers: reply.headers });
  };
}

/** Four turns, each re-sending the history, as an agent does. Gives the SDK's final messages. */
async function toolLoop(client) {
  const messages = [{ role: 'user', content: 'Open the settings and switch the lights off.' }];
  const answers = [];
  for (let turn = 1; turn <= 4; turn++) {
    const stream = client.messages.stream({ model: 'claude-anything', max_tokens: 400, system: 'You work by tools.', tools, tool_choice: { type: 'any' }, messages });
    const answer = await stream.finalMessage();
    answers.push(answer);
    const calls = answer.content.filter(block => block.type === 'tool_use');
    messages.push({ role: 'assistant', content: answer.content });
    messages.push({ role: 'user', content: calls.length === 0 ? 'Go on.'
      : calls.map(call => ({ type: 'tool_result', tool_use_id: call.id, content: `done: ${JSON.stringify(call.input)}` })) });
  }
  return answers;
}

test('the SDK runs a tool loop through the recorder, unaware of it', async context => {
  const store = temporary('store.db');
  const server = await startLlamaServer('rand-50m');
  const recorder = await Recorder.start(store, server.url, { name: 'sdk', parameters: ['--model-map', 'claude-*=rand-50m'] });
  const exchanges = [];
  const client = new Anthropic({ baseURL: recorder.url, apiKey, maxRetries: 0, fetch: tappedFetch(exchanges) });
  const answers = await toolLoop(client);
  assert.equal(await recorder.stop(), 0, recorder.log);
  await server.stop();

  const session = succeed(store, 'show', 'sdk', '--json');
  await context.test('every exchange is one turn of one session', () => {
    assert.equal(succeed(store, 'list', '--json').length, 1);
    assert.deepEqual(session.turns.map(turn => [turn.number, turn.status, turn.http_status]), [1, 2, 3, 4].map(number => [number, 'complete', 200]));
  });
  await context.test('the bytes are those that the SDK sent and received', async () => {
    for (const [index, { request, received }] of exchanges.entries()) {
      sameBytes(assert, store, 'sdk', index + 1, { requestHash: sha256(request), replyHash: sha256(Buffer.from(await received)) });
    }
  });
  await context.test('figures and actions are those that the SDK saw', () => {
    assert.ok(answers.some(answer => answer.stop_reason === 'tool_use'), 'no turn called a tool');
    answers.forEach(({ usage, content, stop_reason: reason }, index) => {
      const turn = session.turns[index];
      assert.equal(turn.tokens.cached, usage.cache_read_input_tokens);
      assert.equal(turn.tokens.input, usage.input_tokens + usage.cache_read_input_tokens);
      assert.equal(turn.tokens.output, usage.output_tokens);
      assert.equal(turn.tokens.basis.input, 'exact');
      assert.equal(sectionSum(turn.tokens), turn.tokens.input);
      assert.equal(turn.stop_reason, reason);
      const calls = content.filter(block => block.type === 'tool_use');
      assert.deepEqual(turn.actions.map(action => [action.tool, action.call_id]), calls.map(call => [call.name, call.id]));
      if (reason === 'tool_use') assert.deepEqual(turn.actions.map(action => action.arguments), calls.map(call => call.input));
    });
  });
  await context.test('the key is nowhere in the store', () => {
    for (const file of [store, `${store}-wal`]) if (fs.existsSync(file)) assert.equal(fs.readFileSync(file).includes(apiKey), false);
  });
  await context.test('one changed byte in the store is found out', () => {
    changeOneStoredByte(store);
    const outcomes = exchanges.flatMap((_, index) => ['--request', '--response'].map(side => turntable(store, 'raw', 'sdk', String(index + 1), side)));
    assert.ok(outcomes.some(({ code, err }) => code === 1 && err.length > 0), 'every body still came out');
    outcomes.filter(({ code }) => code !== 0).forEach(({ bytes }) => assert.equal(bytes.length, 0, 'broken bytes were given out'));
  });
});

/** Turns one bit over in the middle of the longest blob that the file holds. */
function changeOneStoredByte(store) {
  const sql = text => {
    const { status, stdout, stderr } = spawnSync('sqlite3', [store, text], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout.trim().split('\n').filter(Boolean);
  };
  const columns = sql("SELECT m.name || '|' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'BLOB' AND m.name NOT LIKE 'sqlite_%'")
    .map(line => line.split('|'));
  const longest = columns.flatMap(([table, column]) =>
    sql(`SELECT length("${column}") || '|' || rowid || '|' || hex("${column}") FROM "${table}" WHERE "${column}" IS NOT NULL ORDER BY length("${column}") DESC LIMIT 1`)
      .map(line => line.split('|')).map(([length, row, hex]) => ({ table, column, length: Number(length), row, hex })))
    .sort((left, right) => right.length - left.length)[0];
  const bytes = Buffer.from(longest.hex, 'hex');
  bytes[bytes.length >> 1] ^= 1;
  sql(`UPDATE "${longest.table}" SET "${longest.column}" = x'${bytes.toString('hex')}' WHERE rowid = ${longest.row}`);
}
