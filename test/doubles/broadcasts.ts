// In-test broadcasts for the API's unit tests: one open to 12345, sent, read and taken back when told.
// It must never be imported by anything under server/.
import type { Answer, BroadcastFace } from '../../server/engine/face.ts';
import type { BroadcastBody, BroadcastView } from '../../server/protocol/broadcast.ts';
import type { Actor } from '../../server/protocol/words.ts';

export class BroadcastsDouble implements BroadcastFace {
  readonly asked: { readonly what: string; readonly of: string; readonly actor: Actor }[] = [];
  readonly view: BroadcastView = {
    id: 'b1',
    platform: '12345',
    text: '台风红色预警，按应急口径答复',
    sentAt: '2026-11-22T02:00:00.000Z',
    sentBy: 'sup-12345',
    expiresAt: '2026-11-22T03:00:00.000Z',
    acknowledged: [],
  };
  owed(seat: string): readonly BroadcastView[] {
    return seat.startsWith('1') ? [this.view] : [];
  }
  list(platform: string): readonly BroadcastView[] {
    return platform === '12345' ? [{ ...this.view, waiting: ['1001'] }] : [];
  }
  send(platform: string, body: BroadcastBody, _id: string, actor: Actor): Promise<Answer<BroadcastView>> {
    return this.#did('send', platform, actor, { ...this.view, platform, text: body.text });
  }
  acknowledge(id: string, seat: string, _id: string, actor: Actor): Promise<Answer<BroadcastView>> {
    return this.#did('acknowledge', seat, actor, id === 'b1' ? this.view : null);
  }
  end(id: string, platform: string, _id: string, actor: Actor): Promise<Answer<BroadcastView>> {
    return this.#did('end', platform, actor, id === 'b1' && platform === '12345' ? this.view : null);
  }
  #did(what: string, of: string, actor: Actor, view: BroadcastView | null): Promise<Answer<BroadcastView>> {
    this.asked.push({ what, of, actor });
    return Promise.resolve(
      view ? { ok: true, version: 5, view, repeated: false } : { ok: false, code: 'not-found', view: null },
    );
  }
}
