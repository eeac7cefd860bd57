/** From when to when, in seconds after the scenario's start. */
export type Span = readonly [from: number, to: number];

/**
 * What a sender does, and when it is recorded: in seconds after a start that is a whole second of the machine's clock. A flash with its
 * beep is sent at each whole second.
 */
export interface Scenario {
  /** From when on pictures are sent. */
  pictures: number;
  /** From when on sound is sent. */
  sound: number;
  /** When nothing is sent. */
  stall?: Span;
  /** When the same dark picture is sent, and silence. */
  freezes: Span[];
  recorded: Span;
  /** When the recording is paused. */
  pauses: Span[];
  /** Whether the page then leaves without a word, and another resumes the reel, for as long. */
  crashes?: boolean;
}

/** A received track's rate and its jitter buffer need a moment to settle. */
const SETTLE_S = 3.5;
/** How long before and after the event of a scenario it is recorded. */
const AROUND_S = 5;
/** A stall and a freeze: longer than the recorder needs to find them. */
const EVENT_S = 4.3;
/** A flash this close to the beginning or the end of a recording may be outside it, in seconds: what is received is late. */
const MARGIN_S = 0.45;

// A pause begins and ends far from a flash, each time at another phase of the second, so that no cut leaves both in step by chance.
const BEGIN_PHASES = [0.5, 0.6, 0.7, 0.8];
const END_PHASES = [0.8, 0.5, 0.65];

/** Pauses one after another: a flash is recorded between two of them, and one is missed in each. */
function pausesFrom(second: number, count: number): Span[] {
  return Array.from({ length: count }, (_, n) => {
    const from = second + 2 * n + BEGIN_PHASES[n % BEGIN_PHASES.length]!;
    return [from, second + 2 * n + 1 + END_PHASES[n % END_PHASES.length]!];
  });
}

/** Freezes one after another, as long as it takes to find them, each at another phase of the second: flashes are between them. */
function freezesFrom(second: number, count: number): Span[] {
  return Array.from({ length: count }, (_, n) => {
    const from = second + 6 * n + BEGIN_PHASES[n % BEGIN_PHASES.length]!;
    return [from, second + 6 * n + 3 + END_PHASES[n % END_PHASES.length]!];
  });
}

const always = { pictures: 0, sound: 0, pauses: [], freezes: [] };
const event: Span = [SETTLE_S + AROUND_S, SETTLE_S + AROUND_S + EVENT_S];

/** The scenarios by their names. `seconds` is how long the plain one is recorded, and `count` how many pauses, or freezes, others have. */
export const SCENARIOS = {
  plain: (seconds: number) => ({ ...always, recorded: [SETTLE_S, SETTLE_S + seconds] }),
  pauses: (_: number, count: number) => ({
    ...always,
    recorded: [SETTLE_S, SETTLE_S + 3 + 2 * count],
    pauses: pausesFrom(5, count),
  }),
  freezes: (_: number, count: number) => ({
    ...always,
    recorded: [SETTLE_S, SETTLE_S + 3 + 6 * count],
    freezes: freezesFrom(5, count),
  }),
  stall: () => ({ ...always, stall: event, recorded: [SETTLE_S, event[1] + AROUND_S] }),
  crash: () => ({ ...always, crashes: true, recorded: [SETTLE_S, SETTLE_S + AROUND_S] }),
  'late-sound': () => ({ ...always, sound: SETTLE_S, recorded: [0, SETTLE_S + 2 * AROUND_S] }),
  'late-picture': () => ({ ...always, pictures: SETTLE_S, recorded: [0, SETTLE_S + 2 * AROUND_S] }),
} satisfies Record<string, (seconds: number, count: number) => Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

/** How many flashes with their beeps are sent while they are recorded. */
export function flashesOf({ pictures, sound, stall, freezes, recorded, pauses, crashes }: Scenario): number {
  const isIn = (second: number, span: Span | undefined) =>
    span !== undefined && second > span[0] - MARGIN_S && second < span[1] + MARGIN_S;
  let flashes = 0;
  for (let second = Math.max(0, Math.ceil(recorded[0])); second < recorded[1] - MARGIN_S; second++) {
    const isStill = [stall, ...freezes].some((span) => isIn(second, span));
    const isSent = second >= Math.max(pictures, sound) && !isStill;
    const isPaused = pauses.some(([from, to]) => second > from && second < to);
    if (isSent && !isPaused) flashes++;
  }
  // A crash may lose the last second.
  return crashes ? 2 * flashes - 1 : flashes;
}
