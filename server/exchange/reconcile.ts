// Both ends compared: transfers one side thinks accepted and the other does not must be none (R12). Pure.
// It must not mend anything; it names what differs.

export interface Claim {
  readonly ticket: string;
  readonly accepted: boolean;
}
export interface Difference {
  readonly ticket: string;
  readonly ours: boolean | null;
  readonly theirs: boolean;
}

/** `ours`: what this side holds; a ticket it has never heard of is null. */
export function differences(
  claims: readonly Claim[],
  ours: ReadonlyMap<string, { readonly accepted: boolean }>,
): readonly Difference[] {
  return claims.flatMap(({ ticket, accepted }) => {
    const here = ours.get(ticket)?.accepted ?? null;
    return here === accepted ? [] : [{ ticket, ours: here, theirs: accepted }];
  });
}
