// In-test overflow for the API's unit tests: one running overflow of 12345, one group; commands are noted.
// It must never be imported by anything under server/.
import type { Answer, OverflowFace } from '../../server/engine/face.ts';
import type {
  GroupView,
  OverflowBoard,
  OverflowCommand,
  OverflowView,
  SaturationView,
} from '../../server/protocol/overflow.ts';
import type { RefusalCode } from '../../server/protocol/errors.ts';
import type { Actor } from '../../server/protocol/words.ts';

const reading = {
  waiting: 4,
  oldestSeconds: 50,
  expectedSeconds: null,
  perReadySeat: 2,
  ready: 2,
  localFree: 0,
  borrowedBusy: 0,
};
export const runningOverflow: OverflowView = {
  id: 'ov-1',
  queue: 'q-12345',
  platform: '12345',
  state: 'running',
  how: 'hand',
  by: 'sup-12345',
  reason: '台风',
  passed: ['oldest 50 s > 45 s'],
  reading,
  startedAt: '2026-11-22T02:00:00.000Z',
  endSuggested: false,
  groups: [],
  peak: { waiting: 4, oldestSeconds: 50 },
};
export const lentGroup: GroupView = {
  id: 'nanning',
  platform: '12345',
  lender: 'nanning',
  kind: 'seats',
  level: 1,
  seats: 10,
  ready: 2,
  busy: 0,
  kept: 0,
  registered: true,
};
const saturation: SaturationView = {
  queue: 'q-12345',
  platform: '12345',
  high: { oldestSeconds: 45, expectedSeconds: 60, perReadySeat: 1.5, dwellSeconds: 30 },
  low: { oldestSeconds: 15, expectedSeconds: 20, perReadySeat: 0.5, dwellSeconds: 180 },
  start: 'hand',
  end: 'rule',
  reading,
};

export class OverflowDouble implements OverflowFace {
  readonly asked: { readonly id: string; readonly actor: Actor; readonly command: OverflowCommand }[] = [];
  refusal: RefusalCode | null = null;

  board(): OverflowBoard {
    return { items: [runningOverflow], groups: [lentGroup], queues: [saturation] };
  }
  overflow(id: string): OverflowView | null {
    return id === runningOverflow.id ? runningOverflow : null;
  }
  group(id: string): GroupView | null {
    return id === lentGroup.id ? lentGroup : null;
  }
  command(
    id: string,
    actor: Actor,
    command: OverflowCommand,
  ): Promise<Answer<OverflowView | GroupView | SaturationView>> {
    this.asked.push({ id, actor, command });
    const group = command.name === 'register' || command.name === 'recall';
    const view = group ? lentGroup : command.name === 'policy' ? saturation : runningOverflow;
    return Promise.resolve(
      this.refusal === null
        ? { ok: true, version: 9, view, repeated: false }
        : { ok: false, code: this.refusal, view },
    );
  }
}
