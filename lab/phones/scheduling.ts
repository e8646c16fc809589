// How a phone is put on the processors. baresip 1.1 crashes when a player is thrown away before its thread has run once,
// which a re-INVITE on a busy machine brings about. In real time, on two processors, the thread runs at once; phones then
// also hear without holes whatever the machine does. It must not be used for anything that is measured.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

let words: readonly string[] | undefined;

/** Words to put before a phone's command line; none where real time is forbidden (some containers) or would not help. */
export function scheduling(): readonly string[] {
  words ??=
    availableParallelism() > 1 && spawnSync('chrt', ['-f', '1', 'true']).status === 0
      ? ['chrt', '-f', '1']
      : [];
  return words;
}
