// One person (or system) at the HTTP surface: signs in with the account made at first start and sends commands as a
// client would. It must not import the server: it knows the wire alone.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export type Json = Record<string, unknown>;
export type Reply = { readonly status: number; readonly body: Json };
export type Sip = { uri: string; username: string; password: string; wsUri: string; registrar: string };

type AccountLine = { user: string; password: string; role: string };

export class Desk {
  readonly user: string;
  readonly url: string;
  readonly token: string;

  private constructor(url: string, user: string, token: string) {
    this.url = url;
    this.user = user;
    this.token = token;
  }

  /** `accountsFile`: the accounts.json the server wrote at its first start. */
  static async open(url: string, accountsFile: string, user: string): Promise<Desk> {
    const accounts = JSON.parse(await readFile(accountsFile, 'utf8')) as AccountLine[];
    const account = accounts.find((each) => each.user === user);
    if (!account) throw new Error(`There is no account ${user} in ${accountsFile}.`);
    const response = await fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user, password: account.password }),
    });
    const body = (await response.json()) as Json;
    if (response.status !== 201 || typeof body['token'] !== 'string')
      throw new Error(`${user} could not sign in: ${response.status} ${JSON.stringify(body)}`);
    return new Desk(url, user, body['token']);
  }

  async request(method: string, path: string, body?: unknown, key?: string): Promise<Reply> {
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(method === 'GET' ? {} : { 'idempotency-key': key ?? randomUUID() }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Json) };
  }
  get(path: string): Promise<Reply> {
    return this.request('GET', path);
  }
  post(path: string, body: unknown = {}, key?: string): Promise<Reply> {
    return this.request('POST', path, body, key);
  }

  /** A command that must be accepted (202); throws with the refusal otherwise. */
  async must(path: string, body: unknown = {}, method = 'POST'): Promise<Json> {
    const reply = await this.request(method, path, body);
    if (reply.status !== 202)
      throw new Error(
        `${this.user}: ${method} ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`,
      );
    return reply.body;
  }

  /** Signs the seat of this account in and gives its phone's account. */
  async signIn(phone: 'desk' | 'browser' = 'desk'): Promise<Sip> {
    const body = await this.must(`/seats/${this.user}/sign-in`, { phone });
    return body['sip'] as Sip;
  }
  async ready(): Promise<void> {
    await this.must(`/seats/${this.user}/status`, { status: 'ready' });
  }
}
