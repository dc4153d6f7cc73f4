// Lays out the snapshot files that a recorded session links to, as the browser server had left them beside the agent.
//   node linked-files.mjs SESSION_FOLDER OUT_FOLDER
// The tool result of turn N that says [Snapshot](.playwright-mcp/page-....yml) gets the file NN_snapshot.yml under that name, so
// that `turntable record --files-from OUT_FOLDER` finds it.
import fs from 'node:fs';
import path from 'node:path';

const [session, out] = process.argv.slice(2);
if (!session || !out) {
  console.error('usage: linked-files.mjs SESSION_FOLDER OUT_FOLDER');
  process.exit(2);
}
const { messages } = JSON.parse(fs.readFileSync(path.join(session, 'session.messages.json'), 'utf8'));
const results = messages.flatMap(message => Array.isArray(message.content) ? message.content : [])
  .filter(block => block.type === 'tool_result');
results.forEach((result, index) => {
  const text = typeof result.content === 'string' ? result.content : result.content.map(block => block.text ?? '').join('\n');
  const link = text.match(/\[Snapshot\]\(([^)]+\.yml)\)/)?.[1];
  const snapshot = path.join(session, `${String(index + 1).padStart(2, '0')}_snapshot.yml`);
  if (!link || !fs.existsSync(snapshot)) return;
  const target = path.resolve(out, link);
  if (!target.startsWith(path.resolve(out) + path.sep)) throw new Error(`${link} leads out of ${out}`);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.copyFileSync(snapshot, target);
});
