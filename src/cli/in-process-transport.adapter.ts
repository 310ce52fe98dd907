import { SETTINGS, type Settings } from '../shared/settings.js';
import type { InProcessWardround } from './in-process.js';
import { actorHeader, type Answer, type Request, type Transport } from './transport.js';

/** Does the work in this process, which owns the data folder until `close`: the API is called without a network. */
export class InProcessTransport implements Transport {
  readonly kind = 'alone';
  readonly url = null;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(
    private readonly wardround: InProcessWardround,
    private readonly actor: string,
  ) {
    const { port, token } = wardround.app.get<Settings>(SETTINGS);
    const host = wardround.url === null ? `127.0.0.1:${port}` : new URL(wardround.url).host;
    this.headers = { host, authorization: `Bearer ${token}` };
  }

  async send({ method, path, body }: Request): Promise<Answer> {
    const { headers } = this;
    const answer =
      method === 'GET'
        ? await this.wardround.app.inject({ method, url: path, headers })
        : await this.wardround.app.inject({
            method,
            url: path,
            headers: { ...headers, [actorHeader]: this.actor, 'content-type': 'application/json' },
            payload: JSON.stringify(body ?? {}),
          });
    return { status: answer.statusCode, body: jsonIn(answer.payload) };
  }

  async close(): Promise<void> {
    await this.wardround.close();
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The status tells the caller what to make of it.
  }
}
