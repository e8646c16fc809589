// A page that goes away in a call asks the server to give the caller music on its way out: better than silence until the
// dead leg is noticed (RC1, CL2). It must not end the call, nor touch one where others can talk on.
import { onScopeDispose } from 'vue';
import { useSession } from '../state/session.ts';
import type { OwnPart } from './own-part.ts';

export function useLeavingPage(now: () => { readonly call: string | null; readonly part: OwnPart }): void {
  const session = useSession();
  const stay = (event: BeforeUnloadEvent) => now().part.talking && event.preventDefault();
  const gone = () => {
    const { call, part } = now();
    if (
      call === null ||
      !part.talking ||
      part.others.length > 0 ||
      part.transferring ||
      part.caller?.held === true
    )
      return;
    session.api.parting(`/v1/calls/${encodeURIComponent(call)}/hold`, { party: 'caller' });
  };
  globalThis.addEventListener('beforeunload', stay);
  globalThis.addEventListener('pagehide', gone);
  onScopeDispose(() => {
    globalThis.removeEventListener('beforeunload', stay);
    globalThis.removeEventListener('pagehide', gone);
  });
}
