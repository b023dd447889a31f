/** What `concurrency:` says, evaluated. */
export interface Concurrency {
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** `single`: a newcomer replaces whoever waits; `max`: all wait, in order. */
  readonly queue: 'single' | 'max';
}

export interface Turn extends Disposable {
  /** Aborted when a newcomer may cancel whoever is in progress. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly start: (turn: Turn) => void;
  readonly replace: () => void;
}

interface Group {
  running: AbortController | undefined;
  waiting: Waiting[];
}

const MAX_QUEUE = 100;

/** The concurrency groups of a repository. */
export function concurrencyGroups() {
  const groups = new Map<string, Group>();

  const next = (group: Group): void => {
    const controller = new AbortController();
    const first = group.waiting.shift();
    group.running = first && controller;
    first?.start({ signal: controller.signal, [Symbol.dispose]: () => next(group) });
  };

  /** Waits for the group to be free; undefined when a newcomer took the place in the queue. */
  const enter = ({ group: name, cancelInProgress, queue }: Concurrency): Promise<Turn | undefined> => {
    // Names of groups are compared without regard to case.
    const key = name.toLowerCase();
    const group = groups.get(key) ?? { running: undefined, waiting: [] };
    groups.set(key, group);
    return new Promise((resolve) => {
      if (queue === 'single' || group.waiting.length >= MAX_QUEUE) {
        for (const { replace } of group.waiting.splice(0)) replace();
      }
      group.waiting.push({ start: resolve, replace: () => resolve(undefined) });
      if (group.running === undefined) next(group);
      else if (cancelInProgress) group.running.abort();
    });
  };
  return { enter };
}

/** From what stands in a workflow, evaluated; undefined where nothing does. */
export function concurrencyOf(value: unknown): Concurrency | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'object') return { group: String(value), cancelInProgress: false, queue: 'single' };
  const { group, queue, 'cancel-in-progress': cancel } = value as Record<string, unknown>;
  if (queue === 'max' && cancel === true)
    throw new Error('`queue: max` and `cancel-in-progress: true` exclude each other');
  return {
    group: String(group),
    cancelInProgress: cancel === true,
    queue: queue === 'max' ? 'max' : 'single',
  };
}
