// What a running program answers and shows: every GET route that it describes, and every page of the board.

const pages = ['/', '/runs', '/snapshots', '/alarms', '/inbox', '/system'];
const ofRuns = '/api/v1/runs?limit=500';

/**
 * @param addresses what to ask for; without it, all that the program describes
 * @returns by address: the body of an answer, or the lines of a page's text
 */
export async function lookedAt({ url, token }, addresses) {
  const ask = async (address) => {
    const answer = await fetch(new URL(address, url), { headers: { authorization: `Bearer ${token}` } });
    const isJson = answer.headers.get('content-type')?.includes('json');
    return isJson ? { status: answer.status, body: await answer.json() } : textOf(await answer.text());
  };
  const seen = {};
  for (const address of addresses ?? (await allAddresses(ask))) seen[address] = await ask(address);
  return seen;
}

async function allAddresses(ask) {
  const { body: document } = await ask('/api/v1/openapi.json');
  const gets = Object.keys(document.paths).filter((path) => document.paths[path].get);
  const ids = async (address, id) => ((await ask(address)).body.items ?? []).map(id);
  const runs = await ids(ofRuns, ({ runId }) => runId);
  const checkups = await ids('/api/v1/checkups', ({ id }) => id);
  const messages = await ids('/api/v1/messages?limit=500', ({ messageId }) => messageId);
  const filled = {
    '/api/v1/runs/{id}': runs.map((id) => `/api/v1/runs/${id}?limit=5000`),
    '/api/v1/checkups/{id}/history': checkups.map((id) => `/api/v1/checkups/${encodeURIComponent(id)}/history`),
    '/api/v1/parked/{id}': [],
    '/api/v1/openapi.json': [],
    '/api/v1/events': ['/api/v1/events?limit=500'],
  };
  return [
    ...gets.flatMap((path) => filled[path] ?? [path]),
    ...pages,
    ...runs.map((id) => `/runs/${id}`),
    ...messages.map((id) => `/inbox/${encodeURIComponent(id)}`),
  ];
}

/** What a person reads of a page, line by line. */
function textOf(html) {
  return html
    .replaceAll(/<(script|style|svg|template)\b[\s\S]*?<\/\1>/g, ' ')
    .replaceAll(
      /<\/?(p|div|li|tr|h\d|section|header|article|br|dt|dd|td|th|ul|a|time|button|nav|main|summary)\b[^>]*>/g,
      '\n',
    )
    .replaceAll(/<[^>]+>/g, ' ')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '');
}
