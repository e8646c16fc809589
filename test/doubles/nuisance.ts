// In-test nuisance marks for the API's unit tests: one mark of 12345, commands are noted.
// It must never be imported by anything under server/.
import type { Answer, NuisanceFace } from '../../server/engine/face.ts';
import type { NuisanceCommand, NuisanceView } from '../../server/protocol/nuisance.ts';
import type { CallView } from '../../server/protocol/views.ts';
import type { Actor } from '../../server/protocol/words.ts';

export class NuisanceDouble implements NuisanceFace {
  readonly asked: {
    readonly call: string;
    readonly number: string;
    readonly actor: Actor;
    readonly command: NuisanceCommand;
  }[] = [];
  past: CallView[] = [];
  readonly mark: NuisanceView = {
    call: 'c-1',
    platform: '12345',
    number: '13987650001',
    state: 'marked',
    markedBy: '1001',
    markedAt: '2026-11-22T02:00:00.000Z',
    until: '2026-11-29T02:00:00.000Z',
  };
  list(platform: string | null): readonly NuisanceView[] {
    return platform === this.mark.platform ? [this.mark] : [];
  }
  one(call: string): Promise<NuisanceView | null> {
    return Promise.resolve(call === this.mark.call ? this.mark : null);
  }
  history(): Promise<readonly CallView[]> {
    return Promise.resolve(this.past);
  }
  command(
    about: { readonly call: string; readonly platform: string; readonly number: string },
    _id: string,
    actor: Actor,
    command: NuisanceCommand,
  ): Promise<Answer<NuisanceView>> {
    this.asked.push({ call: about.call, number: about.number, actor, command });
    return Promise.resolve({
      ok: true,
      version: 5,
      view: { ...this.mark, call: about.call },
      repeated: false,
    });
  }
}
