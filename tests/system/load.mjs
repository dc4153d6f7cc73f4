// What the campaigns share: agents that ask a recorder as fast as they can, and checks of what became of their turns.
import assert from 'node:assert/strict';
import { sha256, succeed } from './support.mjs';
import { send } from '../../scripts/play-session.mjs';

/**
 * One agent, asking turn after turn until `goesOn()` says no, or until the recorder is gone where `mayBreak`. Gives its exchanges in
 * order: { id, requestHash, whole, received }. `system` is what all of its requests begin with, `words` how fast they grow.
 */
export async function runAgent(base, name, upstream, { goesOn = () => true, mayBreak = false, onTurn = () => {}, words = 3, system = 'You work by tools.' } = {}) {
  const exchanges = [];
  const messages = [];
  for (let turn = 1; goesOn(); turn++) {
    messages.push({ role: 'user', content: `${name} asks for step ${turn}: ${'please '.repeat(turn * words)}` });
    const id = `${name}-${turn}`;
    const body = JSON.stringify({ model: 'fast', max_tokens: 100, stream: true, metadata: { user_id: id }, system, messages });
    const exchange = { id, requestHash: sha256(body), whole: false, received: Buffer.alloc(0), began: Date.now() };
    exchanges.push(exchange);
    try {
      const reply = await send(`${base}/s/${name}`, body);
      assert.equal(reply.status, 200, `${id}: ${reply.body}`);
      assert.equal(reply.body.toString('utf8'), upstream.wholeReplies.get(id), `${id}: the recorder changed a reply`);
      Object.assign(exchange, { whole: true, received: reply.body });
    } catch (error) {
      if (error instanceof assert.AssertionError || !mayBreak) throw error;
      exchange.received = error.received ?? exchange.received;
      return exchanges;
    }
    messages.push({ role: 'assistant', content: `step ${turn} is done` });
    onTurn(exchange);
  }
  return exchanges;
}

/** The stored session of that name with its turns, gaps and notes; undefined when there is none. */
export function sessionNamed(store, name) {
  const session = succeed(store, 'list', '--json').find(candidate => candidate.name === name);
  return session && succeed(store, 'show', String(session.id), '--json');
}

/** Checks that turn `number` has exactly these bytes. */
export function checkWhole(store, session, turn, exchange, upstream) {
  const what = `${exchange.id} (turn ${turn.number}, ${turn.status})`;
  assert.equal(turn.status, 'complete', what);
  assert.equal(sha256(succeed(store, 'raw', String(session.id), String(turn.number), '--request')), exchange.requestHash, `request of ${what}`);
  const reply = succeed(store, 'raw', String(session.id), String(turn.number), '--response');
  assert.equal(sha256(reply), sha256(upstream.wholeReplies.get(exchange.id)), `reply of ${what}`);
}

/** Nothing in the store is damaged: by `turntable check`, which reads everything there is. */
export const checkSound = store => succeed(store, 'check');
