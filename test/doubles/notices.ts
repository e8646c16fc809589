// In-test notices for the API's unit tests: one open for each platform, acknowledged when told.
// It must never be imported by anything under server/.
import type { Answer, NoticeFace } from '../../server/engine/face.ts';
import type { NoticeView } from '../../server/protocol/notice.ts';
import type { Actor } from '../../server/protocol/words.ts';

export class NoticesDouble implements NoticeFace {
  readonly asked: {
    readonly call: string;
    readonly platform: string;
    readonly actor: Actor;
    readonly note: string | null;
  }[] = [];
  readonly open: NoticeView[] = ['12345', '110'].map((platform) => ({
    call: 'c-1',
    platform,
    class: 'major',
    item: '',
    region: '',
    place: '',
    summary: '厂房起火，联系人13987650001',
    raisedAt: '2026-11-22T02:00:00.000Z',
    raisedBy: '1001',
    chased: 1,
  }));
  list(platform: string | null): readonly NoticeView[] {
    return this.open.filter((view) => platform === null || view.platform === platform);
  }
  acknowledge(
    call: string,
    platform: string,
    _id: string,
    actor: Actor,
    note: string | null,
  ): Promise<Answer<NoticeView>> {
    this.asked.push({ call, platform, actor, note });
    const view = this.list(platform).find((each) => each.call === call);
    return Promise.resolve(
      view ? { ok: true, version: 3, view, repeated: false } : { ok: false, code: 'not-found', view: null },
    );
  }
}
