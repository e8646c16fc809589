// How long and when, as people read it on a desk: 1:05, 2:03:09, 14:03:22. Pure.

/** Milliseconds → `m:ss` or `h:mm:ss`; never negative. */
export function span(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

export const since = (iso: string | undefined, now: number): string =>
  iso === undefined ? '' : span(now - Date.parse(iso));

const clock = new Intl.DateTimeFormat('zh-CN', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
export const clockTime = (iso: string): string => clock.format(new Date(iso));
export const dayTime = (iso: string): string => day.format(new Date(iso));
