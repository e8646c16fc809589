// Who plays in the stories of survival: one city, its people signed in before the first story (tap takes a pause between two for
// the end). It must not assert.
import type { City, Staffed } from '../../../lab/city.ts';
import type { Outage } from '../outage.ts';
import type { Scene } from '../scene.ts';

export interface People {
  readonly scene: Scene;
  readonly city: City;
  readonly outage: Outage;
  /** 12345's, who answer by themselves; only the first is ready between two stories. */
  readonly first: Staffed;
  readonly second: Staffed;
  readonly third: Staffed;
  /** 110's, who answer when told to. */
  readonly police: Staffed;
  readonly refuses: Staffed;
}

/** Longer than a restart takes on a machine that does ten other things. */
export const deadManSeconds = 30;

export const breaks = (seat: Staffed) =>
  seat.desk.must(`/seats/${seat.desk.user}/status`, { status: 'break', reason: 'tea' });
