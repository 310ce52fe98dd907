// Jest's globalTeardown: ends the servers that the spec files shared, and says last of all what could not be tested here.
import { readFileSync } from 'node:fs';

export default async function closeSharedServers() {
  await globalThis.closeSharedServers();
  const missing = Object.entries(tools()).filter(([name, tool]) => 'missing' in tool && !isNamed(name));
  // On standard error: Jest's report may go to standard output.
  if (missing.length > 0) {
    const reasons = missing.map(([name, tool]) => `${name} (${tool.missing})`);
    console.error(`Tests that need these did not run: ${reasons.join('; ')}`);
  }
}

/** What prepare.mjs found; it has said so itself if it did not run. */
function tools() {
  try {
    return JSON.parse(readFileSync(new URL('../../.cache/test-tools.json', import.meta.url), 'utf8'));
  } catch {
    return {};
  }
}

function isNamed(name) {
  return Boolean({ kafka: process.env.KAFKA_BROKERS, postgres: process.env.DATABASE_URL }[name]);
}
