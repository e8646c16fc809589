// Percentiles, processor time and tables: the arithmetic of the bench. It must not measure by itself.
import { readFileSync } from 'node:fs';

export type Percentiles = {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
};

/** Nearest rank. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}

/** Linux's USER_HZ: the unit of /proc/<pid>/stat on every architecture we run on. */
const tickMs = 10;

/** Processor time a process and its threads have used so far, ms. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Processor time of the whole machine so far, ms: what was used, by whomever, of how much there was. */
export function machineMs(): { readonly used: number; readonly all: number } {
  const fields = (readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '')
    .split(/\s+/u)
    .slice(1, 9)
    .map(Number);
  const all = fields.reduce((sum, ticks) => sum + ticks, 0);
  return { used: (all - (fields[3] ?? 0) - (fields[4] ?? 0)) * tickMs, all: all * tickMs };
}

/** Resident memory, MB. */
export function memoryMb(pid: number): number {
  const match = /^VmRSS:\s+(?<kb>\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.groups?.['kb'] ?? Number.NaN) / 1_024;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const ms = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '–');
