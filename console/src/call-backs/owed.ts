// The callers owed a call, as the API lists them. It must not order them: the gravest come first from the server.
import type { ApiClient } from '../api/client.ts';

export interface CallBack {
  readonly id: number;
  readonly call: string;
  readonly number: string;
  readonly class: string;
  readonly reason: string;
  readonly at: string;
  /** Who had the caller last, and is best placed to call. */
  readonly seat?: string;
  readonly done: boolean;
}
export const readCallBacks = (api: ApiClient): Promise<{ readonly items: readonly CallBack[] }> =>
  api.get<{ items: CallBack[] }>('/v1/call-backs');
