// argon2id at OWASP's minimum cost, few at a time: each hash takes 19 MiB and a thread the spool's fsync also needs.
// It must not know users, and must take as long for a user who does not exist (6.3.8, A3).
import { randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Letters and digits that are not mistaken for each other when read from paper; 20 of them are 116 bits. */
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
export function randomPassword(): string {
  return Array.from({ length: 20 }, () => letters.charAt(randomInt(letters.length))).join('');
}

/** Hash of a password nobody has: what an unknown user is checked against. */
const nobodysHash = hash(randomPassword(), cost);

export const hashPassword = (password: string): Promise<string> => hash(password, cost);

/** True where the password is the one behind the hash; `null` costs the same time and is false. */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? (await nobodysHash), password);
  return matches && passwordHash !== null;
}

/** Runs at most `width` at a time; gives null at once when `depth` already wait. */
export class Gate {
  readonly #width: number;
  readonly #depth: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(width: number, depth: number) {
    this.#width = width;
    this.#depth = depth;
  }

  /** Nothing runs and nothing waits. */
  get idle(): boolean {
    return this.#running === 0;
  }

  async run<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#running >= this.#width) {
      if (this.#waiting.length >= this.#depth) return null;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, not freed, so that a newcomer cannot slip in between.
      if (next) next();
      else this.#running -= 1;
    }
  }
}
