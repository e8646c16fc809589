// What people decide beside the calls, as one room: overflow, notices, broadcasts, nuisance callers, calls owed. They are read back
// before calls are taken and end together. It must not decide anything: each desk does, by its own rules.
import { overflowRulesOf } from '../domain/overflow/rules.ts';
import { BroadcastDesk } from './broadcasts.ts';
import type { BroadcastParts } from './broadcasts.ts';
import { CallBackDesk } from './call-back-desk.ts';
import type { CallBackParts } from './call-back-desk.ts';
import { NoticeDesk } from './notices.ts';
import type { NoticeParts } from './notices.ts';
import { NuisanceDesk } from './nuisance.ts';
import type { NuisanceParts } from './nuisance.ts';
import { OverflowDesk } from './overflow.ts';
import type { OverflowParts } from './overflow.ts';

type DeskParts = Omit<OverflowParts, 'rules'> &
  Omit<NoticeParts, 'chaseSeconds'> &
  Omit<NuisanceParts, 'rules'> &
  BroadcastParts &
  CallBackParts;

export class Desks {
  readonly overflow: OverflowDesk;
  readonly notices: NoticeDesk;
  readonly broadcasts: BroadcastDesk;
  readonly nuisance: NuisanceDesk;
  readonly callBacks: CallBackDesk;

  constructor(parts: DeskParts) {
    const { site } = parts;
    this.notices = new NoticeDesk({ ...parts, chaseSeconds: site.notices.chaseSeconds });
    this.broadcasts = new BroadcastDesk(parts);
    this.nuisance = new NuisanceDesk({ ...parts, rules: site.nuisance });
    this.callBacks = new CallBackDesk(parts);
    this.overflow = new OverflowDesk({ ...parts, rules: overflowRulesOf(site) });
  }

  async restore(): Promise<void> {
    await Promise.all(
      [this.overflow, this.notices, this.broadcasts, this.nuisance, this.callBacks].map((desk) =>
        desk.restore(),
      ),
    );
  }

  /** Calls are being taken: what goes by the clock begins. */
  start(): void {
    this.overflow.start();
    this.callBacks.start();
  }

  stop(): void {
    for (const desk of [this.overflow, this.notices, this.broadcasts, this.nuisance, this.callBacks])
      desk.stop();
  }
}
