// The recording of a call: a tap on the caller's leg from its answer to its end, through every hold, transfer and three-way, so
// that it is one file without gaps by construction (R26, TW8). It must never hold up or end a call: what fails is alarmed and tried again.
//
//   starting ─► on (paused or not) ─► the caller's end
//      └─ refused, silent for a second, tap lost ─► failed: alarm once, a further part after a while
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import type { CallCommand } from '../../protocol/commands.ts';
import type { Actor } from '../../protocol/words.ts';
import type { CallInput } from './inputs.ts';
import { callerOf } from './state.ts';
import type { Call, Leg, Recording } from './state.ts';
import type { Step } from './step.ts';

/** Nothing was said of it by then: it is missing. */
const startSeconds = 1;
/** A disk that is full stays so for a while. */
const againSeconds = 15;

const recorderLeg = (call: Call): Leg | undefined => call.legs.find((leg) => leg.role === 'recorder');

/** `2026/11/22/c-…`: date of arrival and call, nothing anybody outside could choose; a further part has a number. */
function nameOf(call: Call, part: number): string {
  const day = new Date(call.arrivedAt).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/${call.id}${part === 0 ? '' : `.${part}`}`;
}

/** Begins with the caller's answer, wherever that came from. */
export function followRecording(step: Step): void {
  const { call } = step;
  if (!step.rules.recording || call.phase.name === 'ending') return;
  if (!call.recording && callerOf(call)?.state === 'up') begin(step, 0);
  const { recording, answeredAt, phase } = step.call;
  if (recording && !recording.anchored && answeredAt !== null && phase.name !== 'talking') anchor(step);
}

function tap(step: Step, role: 'recorder' | 'anchor'): void {
  const caller = callerOf(step.call);
  if (!caller) return;
  const leg = `${step.call.id}.${role}.${step.next()}`;
  step.addLeg({
    id: leg,
    role,
    endpoint: '',
    seat: null,
    line: null,
    platform: null,
    state: 'dialling',
    held: false,
    muted: role === 'anchor',
    consulting: false,
    leaving: false,
    since: step.at,
    tap: { of: caller.id, by: null },
  });
  const spy = role === 'anchor' ? 'in' : 'both';
  step.order({ type: 'tap', leg, of: caller.id, spy, whisper: false, call: step.call.id, role });
}

/**
 * Asterisk 22.10.1 drops what a tap should hear of a second phone in a bridge of two, for its packets seem late by the numbers of
 * the first's (ast_translate compares them; half of all transfers lost the new seat's voice). Mixed sound has no numbers: a mute
 * third in the bridge makes Asterisk mix. Not before somebody else may come, for mixing costs a third more.
 */
export function anchor(step: Step): void {
  const { recording } = step.call;
  if (!recording || recording.anchored) return;
  change(step, recording, { anchored: true });
  tap(step, 'anchor');
}

function begin(step: Step, part: number): void {
  const before = step.call.recording;
  tap(step, 'recorder');
  step.set({
    recording: {
      name: nameOf(step.call, part),
      state: 'starting',
      since: null,
      pausedAt: before?.pausedAt ?? null,
      pausedMs: 0,
      anchored: before?.anchored ?? false,
      failures: before?.failures ?? 0,
    },
  });
  step.timer('recording', startSeconds);
}

/** Its tap stands: from here on it must not be asked anything, for it answers only when the recording is over. */
export function recorderUp(step: Step, leg: Leg): void {
  const { recording } = step.call;
  if (recording) step.order({ type: 'recording-start', leg: leg.id, name: recording.name });
}

/** Its tap is gone: with the caller, whose end is told in a moment, or by itself. */
export function recorderGone(step: Step): void {
  if (step.call.recording?.state !== 'failed') step.timer('recording', startSeconds);
}

/** Put up again with the next change of who talks. */
export function anchorGone(step: Step): void {
  const { recording } = step.call;
  if (recording) change(step, recording, { anchored: false });
}

/** A restart: what was going on goes on in Asterisk; it is asked for by its name. */
export function adoptRecording(step: Step): void {
  const { recording } = step.call;
  const leg = recorderLeg(step.call);
  if (recording?.state === 'on' && leg)
    step.order({ type: 'recording-find', leg: leg.id, name: recording.name });
}

function change(step: Step, recording: Recording, to: Partial<Recording>): void {
  step.set({ recording: { ...recording, ...to } });
}

/** True when the input was the recording's. */
export function recordingInput(step: Step, input: CallInput): boolean {
  const { recording, phase } = step.call;
  if (input.type === 'timer' && input.name === 'recording') {
    if (step.call.timers.recording === undefined) return true;
    step.timerOver('recording');
    if (recording) overdue(step, recording);
    return true;
  }
  if (input.type !== 'recording-started' && input.type !== 'recording-failed') return false;
  if (phase.name === 'ending' || recording?.name !== input.name) return true;
  if (input.type === 'recording-started') started(step, recording);
  else failed(step, recording, input);
  return true;
}

function started(step: Step, recording: Recording): void {
  if (recording.state === 'on') return;
  // Begun and lost in one breath: its timer still says so.
  if (recorderLeg(step.call)) step.untimer('recording');
  change(step, recording, { state: 'on', since: step.at, failures: 0 });
  step.fact('recording.started', { file: recording.name });
  // A further part of a recording that was paused.
  if (recording.pausedAt !== null) step.order({ type: 'recording-pause', name: recording.name, on: true });
}

function failed(
  step: Step,
  recording: Recording,
  input: Extract<CallInput, { type: 'recording-failed' }>,
): void {
  const { name, status } = input;
  if (input.order === 'pause' || input.order === 'resume') {
    step.fact('alarm.recording-disobeyed', { file: name, order: input.order, status });
    change(step, recording, input.order === 'pause' ? { pausedAt: null } : { pausedAt: step.at });
    return;
  }
  if (recording.state !== 'failed') fail(step, recording, 'refused', { status });
}

function fail(
  step: Step,
  recording: Recording,
  reason: 'refused' | 'not-started' | 'lost',
  more: Readonly<Record<string, unknown>> = {},
): void {
  const { name, failures } = recording;
  if (failures === 0) step.fact('alarm.recording-missing', { file: name, reason, ...more });
  const leg = recorderLeg(step.call);
  if (leg) {
    step.hangUp(leg.id);
    step.dropLeg(leg.id);
  }
  change(step, recording, { state: 'failed', failures: failures + 1 });
  // One that was lost in full swing is taken up at once.
  step.timer('recording', reason === 'lost' && failures === 0 ? startSeconds : againSeconds);
}

function overdue(step: Step, recording: Recording): void {
  if (recording.state === 'failed' && callerOf(step.call)?.state === 'up') begin(step, step.next());
  else if (recording.state === 'failed') step.timer('recording', againSeconds);
  else if (recording.state === 'starting') fail(step, recording, 'not-started');
  else if (!recorderLeg(step.call)) fail(step, recording, 'lost');
}

type Asked = Extract<CallCommand, { name: 'recording-pause' | 'recording-resume' }>;

/** What is said meanwhile is in no file; why is in the ledger. */
export function pauseRecording(step: Step, actor: Actor, asked: Asked): Refused | null {
  const { recording } = step.call;
  if (recording?.state !== 'on') return refuse('not-recording');
  const { name, pausedAt, pausedMs } = recording;
  if (asked.name === 'recording-pause') {
    if (pausedAt !== null) return refuse('already-so');
    change(step, recording, { pausedAt: step.at });
    step.order({ type: 'recording-pause', name, on: true });
    step.fact('recording.paused', { file: name, reason: asked.body.reason, seat: actor.seat });
    return null;
  }
  if (pausedAt === null) return refuse('already-so');
  change(step, recording, { pausedAt: null, pausedMs: pausedMs + step.at - pausedAt });
  step.order({ type: 'recording-pause', name, on: false });
  step.fact('recording.resumed', { file: name, seat: actor.seat, pausedMs: step.at - pausedAt });
  return null;
}
