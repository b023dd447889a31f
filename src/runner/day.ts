export const DAY_MS = 86_400_000;

/** The UTC day of a moment, `YYYY-MM-DD`: what a tick reserves is charged to it, however long the tick takes. */
export const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);

/** When a UTC day begins, epoch ms. */
export const dayStart = (day: string): number => Date.parse(`${day}T00:00:00.000Z`);
