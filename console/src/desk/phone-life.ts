// Keeps the browser's phone in step with the seat: mints a new secret after a reload, answers by site rule, and comes
// back into the call this page had (RC1). It must not sign a seat in that the person did not.
import { watch } from 'vue';
import type { Ref } from 'vue';
import { useCommands } from '../state/commands.ts';
import { useFloor } from '../state/floor.ts';
import { usePhone } from '../state/phone.ts';
import { usePreferences } from '../state/preferences.ts';
import type { Tenure } from './one-tab.ts';

const heldCallAt = 'hotline.call';

export function usePhoneLife(tenure: Ref<Tenure>): void {
  const floor = useFloor();
  const phone = usePhone();
  const commands = useCommands();
  const { chosen } = usePreferences();
  let starting = false;

  watch(
    () => [tenure.value, floor.ownSeat?.status, phone.registration] as const,
    async ([held, status, registration]) => {
      if (held === 'elsewhere' || status === 'offline') {
        // Another page has the seat: it gets the call, which a hang-up here would end (RC1).
        if (registration !== 'off') phone.stop(held === 'elsewhere');
        return;
      }
      if (held !== 'mine' || status === undefined || registration !== 'off' || starting) return;
      // Signed in on the server and no phone here: a reloaded page.
      starting = true;
      const signed = await commands.signIn(floor.ownSeat?.id ?? '');
      if (signed?.sip) await phone.start(signed.sip);
      starting = false;
    },
    { immediate: true },
  );

  watch(
    () => [phone.line, floor.ownSeat?.state, floor.ownCall?.returning?.seat] as const,
    ([line, state, returning]) => {
      if (line?.state === 'up' && line.call !== null) sessionStorage.setItem(heldCallAt, line.call);
      if (!line && state !== undefined && state !== 'talking') sessionStorage.removeItem(heldCallAt);
      if (line?.state !== 'ringing') return;
      const ours = line.call !== null && line.call === sessionStorage.getItem(heldCallAt);
      const back =
        returning !== undefined && returning === floor.ownSeat?.id && line.call === floor.ownCall?.id;
      // The server says we talk and yet the phone rings: it is putting our leg in place anew. Or the caller waits for us.
      if (line.autoAnswer || chosen.autoAnswer || ours || back || state === 'talking')
        phone.answer(line.call ?? '');
    },
  );
}

/** The person's own press: the seat is signed in, then its phone is started with the secret just minted. */
export function useSignIn(): (seat: string) => Promise<void> {
  const commands = useCommands();
  const phone = usePhone();
  return async (seat) => {
    const signed = await commands.signIn(seat);
    if (signed?.sip) await phone.start(signed.sip);
  };
}
