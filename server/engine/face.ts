// The engine as the HTTP surface sees it: commands in, views and facts out. The api imports this, never the insides.
// It must not leak machines or adapters.
import type { BroadcastBody, BroadcastView } from '../protocol/broadcast.ts';
import type { CallBackDone, CallCommand, SeatCommand } from '../protocol/commands.ts';
import type { RefusalCode } from '../protocol/errors.ts';
import type { Fact } from '../protocol/facts.ts';
import type {
  GroupView,
  OverflowBoard,
  OverflowCommand,
  OverflowView,
  SaturationView,
} from '../protocol/overflow.ts';
import type { NoticeView } from '../protocol/notice.ts';
import type { NuisanceCommand, NuisanceView } from '../protocol/nuisance.ts';
import type {
  CallBackView,
  CallView,
  KeptPlaceView,
  LineView,
  PlatformView,
  QueueView,
  SeatView,
} from '../protocol/views.ts';
import type { SipAccount } from '../protocol/session.ts';
import type { Actor, CallId, Platform, QueueId, SeatId } from '../protocol/words.ts';
import type { CallFilter, VolumeSlot } from './ports.ts';

export type Answer<V> =
  | { readonly ok: true; readonly version: number; readonly view: V; readonly repeated: boolean }
  | { readonly ok: false; readonly code: RefusalCode; readonly field?: string; readonly view: V | null };

export interface Change {
  readonly fact: Fact;
  readonly call?: CallView;
  readonly seat?: SeatView;
  readonly queue?: QueueView;
  readonly platform?: PlatformView;
}

/** What is different now, with or without a fact that says so. */
export type ChangedViews = Omit<Change, 'fact'>;

export interface OverflowFace {
  board(): OverflowBoard;
  overflow(id: string): OverflowView | null;
  group(id: string): GroupView | null;
  /** Answers with what the command was about, as it is then. */
  command(
    id: string,
    actor: Actor,
    command: OverflowCommand,
  ): Promise<Answer<OverflowView | GroupView | SaturationView>>;
}

export interface NoticeFace {
  /** Of one platform, or of all (`null`): open ones first. */
  list(platform: Platform | null): readonly NoticeView[];
  acknowledge(
    call: CallId,
    platform: Platform,
    id: string,
    actor: Actor,
    note: string | null,
  ): Promise<Answer<NoticeView>>;
}

export interface BroadcastFace {
  /** What this seat has not acknowledged yet. */
  owed(seat: SeatId): readonly BroadcastView[];
  /** Of the last day, newest first. */
  list(platform: Platform): readonly BroadcastView[];
  send(platform: Platform, body: BroadcastBody, id: string, actor: Actor): Promise<Answer<BroadcastView>>;
  acknowledge(broadcast: string, seat: SeatId, id: string, actor: Actor): Promise<Answer<BroadcastView>>;
  end(broadcast: string, platform: Platform, id: string, actor: Actor): Promise<Answer<BroadcastView>>;
}

export interface NuisanceFace {
  list(platform: Platform | null): readonly NuisanceView[];
  /** With its score, where the history can be read now. */
  one(call: CallId): Promise<NuisanceView | null>;
  history(platform: Platform, number: string): Promise<readonly CallView[]>;
  command(
    about: { readonly call: CallId; readonly platform: Platform; readonly number: string },
    id: string,
    actor: Actor,
    command: NuisanceCommand,
  ): Promise<Answer<NuisanceView>>;
}

export interface EngineFace {
  readonly overflow: OverflowFace;
  readonly notices: NoticeFace;
  readonly broadcasts: BroadcastFace;
  readonly nuisance: NuisanceFace;
  /** Active, connected and compared; what is missing otherwise. */
  readiness(): { readonly ready: boolean; readonly parts: Readonly<Record<string, string>> };
  /** Answers once the command's facts are on disk (202), or with a refusal. `id` = the Idempotency-Key, scoped to the actor. */
  commandCall(call: CallId, id: string, actor: Actor, command: CallCommand): Promise<Answer<CallView>>;
  commandSeat(
    seat: SeatId,
    id: string,
    actor: Actor,
    command: SeatCommand,
  ): Promise<Answer<SeatView> & { readonly sip?: SipAccount }>;
  /** The socket of a seat's browser phone has closed: the page may be gone (RC1). */
  phoneClosed(seat: SeatId): void;
  prioritise(
    queue: QueueId,
    call: CallId,
    id: string,
    actor: Actor,
    head: boolean,
  ): Promise<Answer<QueueView>>;
  liveCalls(): readonly CallView[];
  /** Live or from the ledger. */
  call(id: CallId): Promise<CallView | null>;
  calls(filter: CallFilter): Promise<{ readonly items: readonly CallView[]; readonly next: string | null }>;
  timeline(call: CallId): Promise<readonly Fact[]>;
  /** Calls of a platform by slots of time, from the ledger. */
  volume(platform: Platform, from: string, to: string, slotMs: number): Promise<readonly VolumeSlot[]>;
  seats(): readonly SeatView[];
  seat(id: SeatId): SeatView | null;
  queues(): readonly QueueView[];
  queue(id: QueueId): QueueView | null;
  platforms(): readonly PlatformView[];
  platform(id: Platform): PlatformView | null;
  lines(): readonly LineView[];
  callBacks(): Promise<readonly CallBackView[]>;
  callBackDone(owed: number, id: string, actor: Actor, body: CallBackDone): Promise<Answer<CallBackView>>;
  /** Callers who hung up and are called back when their turn comes, in order of their places. */
  keptPlaces(platform: Platform | null): readonly KeptPlaceView[];
  /** Highest sequence given out; facts after `sequence`, from memory or the ledger. */
  readonly sequence: number;
  factsAfter(sequence: number, limit: number): Promise<readonly Fact[]>;
  onChange(listener: (change: Change) => void): () => void;
  /** Views that changed without a fact of their own: a seat that rings, a queue's figures. */
  onViews(listener: (views: ChangedViews) => void): () => void;
}
