// The exchange as the HTTP surface sees it. Types only.
import type { Receipt } from './inbound.ts';
import type { Delivered, Parked } from './ports.ts';
import type { Claim, Difference } from './reconcile.ts';

export interface PartnerState {
  readonly id: string;
  readonly mode: 'webhook' | 'border';
  readonly platforms: readonly string[];
  readonly waiting: number;
  readonly parked: number;
  readonly oldest: string | null;
}
export interface ExchangeFace {
  partners(): Promise<readonly PartnerState[]>;
  has(partner: string): boolean;
  parked(partner: string): Promise<readonly Parked[]>;
  replay(partner: string, id: number | null): Promise<number>;
  deliveries(partner: string, from: string, to: string): Promise<readonly Delivered[]>;
  reconcile(claims: readonly Claim[]): Promise<readonly Difference[]>;
  /** `unknown`: no such partner, or its signature is not genuine; which of the two is not told. */
  take(
    partner: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<
    | { readonly ok: true; readonly receipt: Receipt }
    | { readonly ok: false; readonly why: string; readonly field?: string }
  >;
}
