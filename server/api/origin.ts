// Which pages may open a socket here (A7). It must not judge who opens it: auth/identity.ts does.

/** Browsers always say where a page came from; a client that says nothing is none, and brings its token in a header. */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  if (!URL.canParse(origin) || host === undefined) return false;
  return new URL(origin).host === host.toLowerCase();
}
