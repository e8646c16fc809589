// The one error of the lab that a person is meant to read: what is wrong and what to do next.
// It must not be used for bugs: those keep their own stack trace.

export class LabFailure extends Error {
  override readonly name = 'LabFailure';
  readonly next: string;

  constructor(what: string, next: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.next = next;
  }
}

/** Text for a terminal: two sentences for a known failure, the whole trace for an unknown one. */
export function explain(error: unknown): string {
  if (error instanceof LabFailure) return `${error.message}\n→ ${error.next}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What to do when a part did not start, judged by its last words. */
export function startAdvice(words: string): string {
  return /unshare failed|Operation not permitted|permission denied/iu.test(words)
    ? 'This machine forbids mount namespaces (a container?): use "docker compose up".'
    : 'Read that log; "npm run up" can simply be run again.';
}
