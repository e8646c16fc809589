// How a phone is put on the processor. baresip 1.1 crashes when a player's thread runs before the thread that made it goes
// on (it hands the thread its callback a moment too late). On one processor, first in first out, that cannot happen; it
// also lets phones hear without holes on a busy machine. It must not be used for what is measured.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

let policy: readonly string[] | undefined;
let turn = 0;

/** Words to put before a phone's command line. */
export function scheduling(): readonly string[] {
  // Where real time is forbidden (some containers), a thread that wakes up does at least not displace its maker.
  policy ??= spawnSync('chrt', ['-f', '1', 'true']).status === 0 ? ['chrt', '-f', '1'] : ['chrt', '-b', '0'];
  const processors = allowedProcessors();
  turn += 1;
  return [...policy, 'taskset', '-c', String(processors[turn % processors.length] ?? 0)];
}

/** From a list such as "0-3,8". */
function allowedProcessors(): number[] {
  const list =
    /^Cpus_allowed_list:\s*(?<list>\S+)$/mu.exec(readFileSync('/proc/self/status', 'utf8'))?.groups?.[
      'list'
    ] ?? '0';
  return list.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, n) => from + n);
  });
}
