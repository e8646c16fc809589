// One desk's questions over a connection kept open, timed to the last byte; what is read is taken apart after the clock
// has stopped. It must not judge answers.
import { Client } from 'undici';
import type { Desk, Json } from '../../lab/desk.ts';

export interface Answered {
  readonly ms: number;
  readonly body: Json;
}

export class Reader {
  readonly desk: Desk;
  readonly #client: Client;

  constructor(desk: Desk) {
    this.desk = desk;
    this.#client = new Client(desk.url, { bodyTimeout: 60_000, headersTimeout: 60_000 });
  }

  async ask(path: string): Promise<Answered> {
    const began = performance.now();
    const { statusCode, body } = await this.#client.request({
      path: `/v1${path}`,
      method: 'GET',
      headers: { authorization: `Bearer ${this.desk.token}` },
    });
    const text = await body.text();
    const ms = performance.now() - began;
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text.slice(0, 300)}`);
    return { ms, body: JSON.parse(text) as Json };
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
