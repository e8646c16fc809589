// SIP of browser phones: a WebSocket at our own origin, let in by ticket as the stream is, piped frame by frame to
// Asterisk, whose own HTTP nobody reaches (design §4). It must not read SIP, and must not outlive the session by 5 s (A8).
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import { identityOf } from './auth/identity.ts';
import { originAllowed } from './origin.ts';
import { Refusal } from './problem.ts';
import type { Api, Surface } from './surface.ts';

/** What a browser may have sent before Asterisk's socket is open: a REGISTER or two. */
const mostWaiting = 16;
/** Bytes in one direction that have not left: a socket that stuck is closed, and the phone comes back by itself. */
const mostBuffered = 262_144;
const messagesPer10s = 300;

const closeCode = { sessionEnded: 4401, upstreamGone: 1013, badFrame: 1003, tooMany: 1008 } as const;

export function sipRoutes(api: Api, surface: Surface): void {
  const { sessions, deps, limits } = surface;
  const pipes = new Map<Pipe, string>();
  sessions.onEnd((tokenHash) => {
    for (const [pipe, owner] of pipes)
      if (owner === tokenHash) pipe.close(closeCode.sessionEnded, 'the session has ended');
  });
  // Sessions that ended on another node or ran out are noticed here, as the stream does.
  const check = setInterval(() => {
    for (const [pipe, tokenHash] of pipes) {
      sessions.find(tokenHash).then(
        (session) => session ?? pipe.close(closeCode.sessionEnded, 'the session has ended'),
        () => undefined,
      );
    }
  }, limits.socketCheckMs);
  check.unref();
  api.addHook('preClose', () => {
    clearInterval(check);
    for (const pipe of pipes.keys()) pipe.close(1001, 'the server stops; connect again');
  });

  api.get(
    '/sip',
    {
      websocket: true,
      schema: { hide: true },
      preValidation: (request, _reply, done) => {
        if (deps.sipUrl === undefined) {
          done(new Refusal('not-ready'));
          return;
        }
        const { tokenHash } = identityOf(request);
        if (!originAllowed(request.headers.origin, request.headers.host, deps.allowedOrigins ?? [])) {
          done(new Refusal('forbidden'));
          return;
        }
        const open = [...pipes.values()].filter((owner) => owner === tokenHash).length;
        if (open >= limits.socketsPerSession) {
          done(new Refusal('too-many-requests', { retryAfterSeconds: 5 }));
          return;
        }
        done();
      },
    },
    (socket: WebSocket, request) => {
      const pipe = new Pipe(socket, deps.sipUrl ?? '', (reason) =>
        deps.log.warn({ reason }, "a browser phone lost Asterisk's side; it connects again by itself"),
      );
      const { tokenHash, actor } = identityOf(request);
      pipes.set(pipe, tokenHash);
      socket.on('close', () => {
        pipes.delete(pipe);
        // RC1: the page may be gone; one that is connected again already is not.
        if (actor.seat !== null && ![...pipes.values()].includes(tokenHash))
          deps.engine.phoneClosed(actor.seat);
      });
    },
  );
}

/** Two sockets tied together: what one says the other says, and neither outlives the other. */
class Pipe {
  readonly #browser: WebSocket;
  readonly #asterisk: WebSocket;
  #waiting: string[] = [];
  #messages: number[] = [];

  constructor(browser: WebSocket, url: string, onLost: (reason: string) => void) {
    this.#browser = browser;
    this.#asterisk = new WebSocket(url, 'sip', {
      perMessageDeflate: false,
      maxPayload: 65_536,
      handshakeTimeout: 5_000,
    });
    browser.on('message', (data, isBinary) => this.#fromBrowser(data, isBinary));
    browser.on('close', () => this.#asterisk.terminate());
    browser.on('error', () => this.#asterisk.terminate());
    this.#asterisk.on('open', () => {
      for (const text of this.#waiting) this.#asterisk.send(text);
      this.#waiting = [];
    });
    this.#asterisk.on('message', (data, isBinary) => {
      if (browser.readyState !== WebSocket.OPEN) return;
      if (browser.bufferedAmount > mostBuffered) {
        this.close(closeCode.upstreamGone, 'too slow; connect again');
        return;
      }
      browser.send(data, { binary: isBinary });
    });
    this.#asterisk.on('close', () =>
      this.close(closeCode.upstreamGone, 'the telephone system is away; connect again'),
    );
    this.#asterisk.on('error', (failure) => onLost(failure.message));
  }

  close(code: number, reason: string): void {
    if (this.#browser.readyState === WebSocket.OPEN) this.#browser.close(code, reason);
    this.#asterisk.terminate();
    // A peer that never finishes the closing handshake must not keep the phone.
    setTimeout(() => this.#browser.terminate(), 1_500).unref();
  }

  #fromBrowser(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      this.close(closeCode.badFrame, 'text only');
      return;
    }
    const now = performance.now();
    this.#messages = [...this.#messages.filter((at) => now - at < 10_000), now];
    if (this.#messages.length > messagesPer10s) {
      this.close(closeCode.tooMany, 'too many messages');
      return;
    }
    const text = (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString('utf8');
    if (this.#asterisk.readyState === WebSocket.OPEN) {
      if (this.#asterisk.bufferedAmount > mostBuffered) {
        this.close(closeCode.upstreamGone, 'too slow; connect again');
        return;
      }
      this.#asterisk.send(text);
    } else if (this.#asterisk.readyState === WebSocket.CONNECTING && this.#waiting.length < mostWaiting) {
      this.#waiting.push(text);
    } else {
      this.close(closeCode.upstreamGone, 'the telephone system is away; connect again');
    }
  }
}
