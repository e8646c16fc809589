// How many seats a volume of calls needs: Erlang B (trunks), Erlang C (nobody gives up) and Erlang A (callers have patience) (R16).
// It must not look at a live queue: these are long-run means of Poisson arrivals and exponential times; lab/simulate
// shows what they leave out.
//
// offered load a = λ·h in erlangs; λ calls a second, h seconds of handling (talk and wrap-up).
//   B(n) = a·B(n−1) / (n + a·B(n−1)),   C(n) = B(n) / (1 − a/n·(1 − B(n))),   P(wait > t) = C·e^−(n−a)t/h

export interface Demand {
  readonly callsPerHour: number;
  /** Talk and wrap-up. */
  readonly handleSeconds: number;
}
export interface Outlook {
  readonly seats: number;
  /** Shares from 0 to 1. */
  readonly waits: number;
  /** Of all callers, answered within the time asked for. */
  readonly inTime: number;
  readonly abandons: number;
  /** Of all callers, waited or not. */
  readonly meanWaitSeconds: number;
  readonly occupancy: number;
}

export const offeredLoad = ({ callsPerHour, handleSeconds }: Demand): number =>
  (callsPerHour / 3600) * handleSeconds;

/** Share of calls lost when `lines` are all there is. */
export function erlangB(load: number, lines: number): number {
  let blocked = 1;
  for (let n = 1; n <= lines; n += 1) blocked = (load * blocked) / (n + load * blocked);
  return blocked;
}

/** Share of callers that must wait, when nobody gives up; 1 where the seats cannot keep up. */
export function erlangC(load: number, seats: number): number {
  if (load <= 0) return 0;
  if (seats <= load) return 1;
  const blocked = erlangB(load, seats);
  return blocked / (1 - (load / seats) * (1 - blocked));
}

/** With too few seats the wait grows without end: infinite, and nobody is in time. */
export function outlookC(demand: Demand, seats: number, withinSeconds: number): Outlook {
  const load = offeredLoad(demand);
  const waits = erlangC(load, seats);
  const stable = seats > load;
  const spare = (seats - load) / demand.handleSeconds;
  return {
    seats,
    waits,
    inTime: stable ? 1 - waits * Math.exp(-spare * withinSeconds) : 0,
    abandons: 0,
    meanWaitSeconds: stable ? waits / spare : Infinity,
    occupancy: seats === 0 ? 1 : Math.min(1, load / seats),
  };
}

/**
 * Exact, by the birth-and-death chain of those in the system; never without end, since callers leave.
 * @param patienceSeconds the mean time after which a waiting caller gives up.
 */
export function outlookA(
  demand: Demand,
  patienceSeconds: number,
  seats: number,
  withinSeconds: number,
): Outlook {
  const arrivals = demand.callsPerHour / 3600;
  const served = 1 / demand.handleSeconds;
  const leaving = 1 / patienceSeconds;
  if (arrivals <= 0) return { seats, waits: 0, inTime: 1, abandons: 0, meanWaitSeconds: 0, occupancy: 0 };
  // Weights relative to all seats busy and nobody waiting, so that large systems do not overflow.
  let below = 0;
  let busy = 0;
  for (let n = seats, weight = 1; n > 0; n -= 1) {
    weight *= (n * served) / arrivals;
    below += weight;
    busy += weight * (n - 1);
    if (weight < 1e-15 * below) break;
  }
  const waiting: number[] = [];
  for (let k = 0, weight = 1, sum = 0; weight > 1e-13 * sum || k === 0; k += 1) {
    waiting.push(weight);
    sum += weight;
    weight *= arrivals / (seats * served + (k + 1) * leaving);
  }
  const full = waiting.reduce((sum, weight) => sum + weight, 0);
  const total = below + full;
  const queue = waiting.reduce((sum, weight, k) => sum + weight * k, 0) / total;
  const answered = answeredWithin(waiting.length, seats * served, leaving, withinSeconds);
  const late = waiting.reduce((sum, weight, k) => sum + weight * (answered[k] ?? 0), 0);
  return {
    seats,
    waits: full / total,
    inTime: (below + late) / total,
    abandons: Math.min(1, (leaving * queue) / arrivals),
    meanWaitSeconds: queue / arrivals,
    occupancy: seats === 0 ? 1 : (busy + full * seats) / total / seats,
  };
}

/**
 * Chance of being answered within the time by how many are ahead: those ahead are answered or give up, and so may the
 * caller. By uniformisation: a Poisson number of jumps of one chain.
 */
function answeredWithin(places: number, answering: number, leaving: number, seconds: number): number[] {
  const pace = answering + places * leaving;
  if (answering <= 0) return Array.from({ length: places }, () => 0);
  let now = Array.from({ length: places }, () => 0);
  const chance = Array.from({ length: places }, () => 0);
  const mean = pace * seconds;
  for (let jump = 0, logWeight = -mean; ; jump += 1) {
    const weight = Math.exp(logWeight);
    for (let k = 0; k < places; k += 1) chance[k] = (chance[k] ?? 0) + weight * (now[k] ?? 0);
    if (jump > mean && weight < 1e-14) return chance;
    now = now.map((own, k) => {
      const ahead = answering + k * leaving;
      const next = k === 0 ? 1 : (now[k - 1] ?? 0);
      return (ahead * next + (pace - ahead - leaving) * own) / pace;
    });
    logWeight += Math.log(mean) - Math.log(jump + 1);
  }
}

const seatsMost = 20_000;

export interface Goal {
  /** Share of callers, 0 to 1, answered within so many seconds. */
  readonly share: number;
  readonly withinSeconds: number;
}

/** The fewest seats that reach the goal; without a patience by Erlang C. Null: more than anybody has. */
export function seatsFor(demand: Demand, goal: Goal, patienceSeconds: number | null): Outlook | null {
  const look = (seats: number): Outlook =>
    patienceSeconds === null
      ? outlookC(demand, seats, goal.withinSeconds)
      : outlookA(demand, patienceSeconds, seats, goal.withinSeconds);
  if (demand.callsPerHour <= 0) return look(0);
  let low = 0;
  let high = Math.max(1, Math.ceil(offeredLoad(demand)));
  while (look(high).inTime < goal.share) {
    low = high;
    high *= 2;
    if (high > seatsMost) return null;
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (look(middle).inTime >= goal.share) high = middle;
    else low = middle;
  }
  return look(high);
}

/** Trunk channels for so much traffic at a loss. Null: more than anybody has. */
export function linesFor(load: number, loss: number): number | null {
  let blocked = 1;
  for (let n = 1; n <= seatsMost; n += 1) {
    blocked = (load * blocked) / (n + load * blocked);
    if (blocked <= loss) return n;
  }
  return null;
}
