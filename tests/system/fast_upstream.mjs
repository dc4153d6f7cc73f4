// A model server for tests that need many turns or broken ones. It streams Messages API replies of a few dozen events, each
// after a moment; every reply is known beforehand, so that a test can say what whole and what torn means.
import http from 'node:http';

/** Random numbers that a seed gives again (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const event = data => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

function replyPieces(id, words) {
  return [
    event({ type: 'message_start', message: { id, type: 'message', role: 'assistant', model: 'fast', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 50, cache_read_input_tokens: 0, output_tokens: 1 } } })
      + event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...words.map(text => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    event({ type: 'content_block_stop', index: 0 })
      + event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: words.length } })
      + event({ type: 'message_stop' }),
  ];
}

/**
 * `shape(n)` says for the n-th request: { words, pauseMs(), breakAfter } - what to stream, how long to wait before each piece, and
 * after how many pieces to break off (none: never). Gives { url, wholeReplies: body text by message id, close() }.
 */
export async function startFastUpstream(shape) {
  const wholeReplies = new Map();
  let requests = 0;
  const server = http.createServer((request, reply) => {
    const chunks = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', async () => {
      let body;
      try { body = JSON.parse(Buffer.concat(chunks)); } catch {
        reply.writeHead(400, { 'content-type': 'application/json' });
        reply.end(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message: 'the body is no JSON' } }));
        return;
      }
      const number = ++requests, { words, pauseMs, breakAfter } = shape(number);
      const id = body.metadata?.user_id ?? `msg_${number}`;
      const pieces = replyPieces(id, words);
      wholeReplies.set(id, pieces.join(''));
      reply.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const [index, piece] of pieces.entries()) {
        if (breakAfter !== undefined && index >= breakAfter) { reply.destroy(); return; }
        const pause = pauseMs?.() ?? 0;
        if (pause > 0) await new Promise(done => setTimeout(done, pause));
        if (reply.destroyed) return;
        reply.write(piece);
      }
      reply.end();
    });
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const close = () => { server.closeAllConnections(); return new Promise(done => server.close(done)); };
  return { url: `http://127.0.0.1:${server.address().port}`, wholeReplies, close };
}
