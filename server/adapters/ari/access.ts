// How to reach one Asterisk: address, account, application. Shared by every lane of this adapter.
// It must not open anything, and the password must never become part of an address (addresses are logged).

export interface AriAccess {
  /** Base of the REST interface, such as `http://127.0.0.1:8088/ari`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Stasis application; the dialplan names the same. */
  readonly app: string;
}

export const authorization = (access: AriAccess): string =>
  `Basic ${Buffer.from(`${access.user}:${access.password}`).toString('base64')}`;

export const eventsUrl = (access: AriAccess): string =>
  `${access.url.replace(/^http/u, 'ws')}/events?app=${encodeURIComponent(access.app)}`;

/** One request to Asterisk. `path` is relative to the base; its variable parts are made by `segment`. */
export interface AriRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** `status` is HTTP's, or `unanswered`, or `lost`. */
export interface AriReply {
  readonly status: number;
  readonly body: string;
}
/** No answer in time: done or not, nobody knows. */
export const unanswered = 0;
/** Never carried out and of no use any more: the Asterisk it was meant for is gone, or we are stopping. */
export const lost = -1;

export const segment = (id: string): string => encodeURIComponent(id);

export function uriOf(request: AriRequest): string {
  const query = Object.entries(request.query ?? {});
  if (query.length === 0) return request.path;
  return `${request.path}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

export const succeeded = (reply: AriReply): boolean => reply.status >= 200 && reply.status < 300;
/** What was to be torn down is not there, not ours or not in that bridge any more (CL6). */
export const alreadyGone = (reply: AriReply): boolean => [400, 404, 409, 412, 422].includes(reply.status);
