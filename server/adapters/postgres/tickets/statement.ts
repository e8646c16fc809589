// Questions asked again and again, planned once for each connection: planning a list over its many indexes takes longer than
// reading a page of it. It must not name without end: filters can be put together in thousands of ways.

const mostNamed = 200;
const names = new Map<string, string>();

export function statement(
  text: string,
  values: readonly unknown[],
): { readonly name?: string; readonly text: string; readonly values: unknown[] } {
  const known = names.get(text);
  if (known === undefined && names.size >= mostNamed) return { text, values: [...values] };
  const name = known ?? `tickets-read-${names.size}`;
  names.set(text, name);
  return { name, text, values: [...values] };
}
