// The floor: every seat and every queue of the cell, and the requests waiting in them. One machine, so matching is atomic.
// The way in for the engine; it must not reach into calls: they speak to each other by messages.
//
//   request: waiting ──► offered ──► accepted (gone) | back to waiting, place and first arrival kept (OF6)
//   seat:    idle ──► reserved ──► ringing ──► talking ──► wrap-up ──► idle
//                        └── missed: cool-down (1st), not responding (2nd in a row) (OF4)
export type { Seat } from '../seat/seat.ts';
export { available, newSeat } from '../seat/seat.ts';
export type {
  ExpectedWait,
  Floor,
  FloorAnswer,
  FloorEffect,
  FloorInput,
  FloorTimer,
  QueueLoad,
  QueueState,
  TellCall,
  Today,
  Waiting,
} from './messages.ts';
export type { FloorRules } from './rules.ts';
export { defaultRules, floorRulesOf } from './rules.ts';
export { createFloor } from './machine.ts';
