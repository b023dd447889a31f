import { appendFileSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openReportFile, type ReportFile } from '../../src/modes/tick/report-file.ts';
import { systemClock } from '../../src/ports/clock.ts';

const line = (usd_in: number): string => `${JSON.stringify({ usd_in })}\n`;

/** Waits until something new has been read. */
async function looked(report: ReportFile): Promise<void> {
  const over = new AbortController();
  await report.follow(() => over.abort(), over.signal);
  // Two writes within a tick of the kernel's clock have one time.
  await systemClock.sleep(20);
}

it('is whole when it was written once, or added to while it was read', async () => {
  await using once = await openReportFile(systemClock);
  writeFileSync(once.path, line(0.1));
  await looked(once);
  await once.finish();
  expect(once.reported).toMatchObject({ usdInMicros: 100_000 });
  expect(once.reported.fault).toBeUndefined();

  await using often = await openReportFile(systemClock);
  const over = new AbortController();
  const reading = often.follow(() => {}, over.signal);
  for (let count = 0; count < 300; count += 1) {
    appendFileSync(often.path, line(0.001));
    await systemClock.sleep(count % 5);
  }
  over.abort();
  await reading;
  await often.finish();
  expect(often.reported).toMatchObject({ lines: 300, usdInMicros: 300_000 });
  expect(often.reported.fault).toBeUndefined();
});

it.each([
  ['shorter', line(1), 1_100_000],
  ['as long', line(0.2), 300_000],
  ['longer', line(0.2) + line(0.3), 600_000],
  ['as the very same', line(0.1), 100_000],
  ['as nothing', '', 100_000],
])(
  'is not believed when it was written anew %s, and what it says then is still read',
  async (_, text, micros) => {
    await using report = await openReportFile(systemClock);
    writeFileSync(report.path, line(0.1));
    await looked(report);
    writeFileSync(report.path, text);
    await report.finish();
    expect(report.reported).toMatchObject({ usdInMicros: micros, fault: 'report-truncated' });
  },
);

it('is not believed either when it was written anew and then added to', async () => {
  await using report = await openReportFile(systemClock);
  writeFileSync(report.path, line(0.1));
  await looked(report);
  writeFileSync(report.path, line(0.1));
  const over = new AbortController();
  const reading = report.follow(() => {}, over.signal);
  while (report.reported.fault === undefined) await systemClock.sleep(20);
  appendFileSync(report.path, line(0.3));
  over.abort();
  await reading;
  await report.finish();
  expect(report.reported).toMatchObject({ usdInMicros: 400_000, fault: 'report-truncated' });
});

it('may be touched before anything stands in it', async () => {
  await using report = await openReportFile(systemClock);
  utimesSync(report.path, new Date(0), new Date(0));
  writeFileSync(report.path, '');
  appendFileSync(report.path, line(0.1));
  await report.finish();
  expect(report.reported.fault).toBeUndefined();
});
