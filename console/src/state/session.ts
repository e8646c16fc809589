// Who is signed in here, and the API client that speaks for them. The token lives in this tab alone (sessionStorage),
// so that a reload comes back into the same call (RC1). It must not hold anything of the floor.
import { defineStore } from 'pinia';
import { computed, markRaw, ref } from 'vue';
import type { z } from 'zod';
import type { OtpEnrolment, SessionOpened, SessionView } from '../../../server/protocol/session.ts';
import { ApiClient } from '../api/client.ts';

type Session = z.infer<typeof SessionView>;
const tokenAt = 'hotline.token';

export const useSession = defineStore('session', () => {
  const token = ref(sessionStorage.getItem(tokenAt));
  const session = ref<Session | null>(null);
  const over = ref(false);
  const clockOffset = ref(0);

  const forget = () => {
    sessionStorage.removeItem(tokenAt);
    token.value = null;
    session.value = null;
  };
  const ended = () => {
    over.value = session.value !== null || token.value !== null;
    forget();
  };
  const api = markRaw(
    new ApiClient({
      token: () => token.value,
      // A Date header is good to half a second; only what is clearly off is corrected.
      onClock: (offset) => {
        if (Math.abs(offset - clockOffset.value) > 1_500)
          clockOffset.value = Math.abs(offset) > 1_500 ? offset : 0;
      },
      onUnauthenticated: ended,
    }),
  );

  /** The secret for an authenticator, shown once; it counts from the first code that is sent with `open`. */
  const enrol = (user: string, password: string): Promise<OtpEnrolment> =>
    api.command<OtpEnrolment>('POST', '/v1/session/otp', { user, password });

  async function open(user: string, password: string, otp?: string): Promise<void> {
    const { token: opened, ...view } = await api.command<z.infer<typeof SessionOpened>>(
      'POST',
      '/v1/session',
      {
        user,
        password,
        ...(otp === undefined ? {} : { otp }),
      },
    );
    sessionStorage.setItem(tokenAt, opened);
    token.value = opened;
    session.value = view;
    over.value = false;
  }
  /** After a reload: is the token of this tab still good? */
  async function resume(): Promise<boolean> {
    if (token.value === null) return false;
    if (session.value) return true;
    session.value = await api.get<Session>('/v1/session');
    return true;
  }
  async function close(): Promise<void> {
    await api.command('DELETE', '/v1/session').catch(() => undefined);
    forget();
    over.value = false;
  }
  const ticket = async (): Promise<string> =>
    (await api.command<{ ticket: string }>('POST', '/v1/stream/ticket')).ticket;

  return {
    session,
    over,
    enrol,
    api,
    open,
    resume,
    close,
    ended,
    ticket,
    signedIn: computed(() => session.value !== null),
    /** Now, by the server's clock. */
    now: () => Date.now() + clockOffset.value,
  };
});
