// JsSIP's transport over our own origin: each (re)connection first fetches a ticket and offers it as a subprotocol.
// It must not know SIP.
import type { Socket } from 'jssip/lib/Socket';

export function ticketSocket(url: string, ticket: () => Promise<string>): Socket {
  let socket: WebSocket | null = null;
  let connecting = false;
  let turn = 0;
  const self = {
    via_transport: url.startsWith('wss') ? 'WSS' : 'WS',
    url,
    sip_uri: `sip:${new URL(url).host};transport=ws`,
    isConnected: () => socket?.readyState === WebSocket.OPEN,
    isConnecting: () => connecting,
    send(message: string) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(message);
      return true;
    },
    connect() {
      if (connecting || self.isConnected()) return;
      connecting = true;
      const mine = (turn += 1);
      ticket().then(
        (minted) => {
          if (mine !== turn) return;
          const opened = new WebSocket(url, ['sip', `hotline.ticket.${minted}`]);
          socket = opened;
          opened.onopen = () => {
            connecting = false;
            self.onconnect();
          };
          opened.onmessage = ({ data }) => self.ondata(data);
          opened.onclose = ({ wasClean, code, reason }) => {
            if (socket !== opened) return;
            connecting = false;
            socket = null;
            self.ondisconnect(!wasClean, code, reason);
          };
        },
        () => {
          if (mine !== turn) return;
          connecting = false;
          self.ondisconnect(true, 4000, 'no ticket');
        },
      );
    },
    disconnect() {
      turn += 1;
      connecting = false;
      const open = socket;
      socket = null;
      open?.close();
    },
    onconnect: () => undefined,
    ondisconnect: (_error: boolean, _code?: number, _reason?: string) => undefined,
    ondata: (_data: unknown) => undefined,
  };
  return self as unknown as Socket;
}
