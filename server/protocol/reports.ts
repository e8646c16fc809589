// Reports on the wire: figures counted from recorded facts, each with the way to what it was counted from (R11, R14, R25).
// It must not say how a figure is counted: the view report_figures does, and for volume the ledger's history.
import { z } from 'zod';
import { Ticket } from './ticket.ts';

export const ReportName = z.enum(['disputes', 'transfers', 'punctuality', 'platforms', 'units', 'seats']);
export type ReportName = z.infer<typeof ReportName>;
/** What rows may be made by; each report allows some of them. */
export const ReportBy = z.enum([
  'item',
  'unit',
  'platform',
  'other',
  'class',
  'reason',
  'seat',
  'hour',
  'day',
  'week',
  'month',
]);
export type ReportBy = z.infer<typeof ReportBy>;

export const ReportFigure = z.object({
  count: z.int(),
  meanMinutes: z.number().optional(),
  tickets: z.string().meta({ description: 'Where the tickets and calls behind it are.' }),
});
export const ReportRow = z.object({
  key: z.string(),
  name: z.string().meta({ description: 'The key in words, where reference data has them.' }),
  figures: z.record(z.string(), ReportFigure),
});
export const Report = z
  .object({
    report: ReportName,
    by: ReportBy,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    rows: z.array(ReportRow),
    totals: z.record(z.string(), z.int()),
  })
  .meta({ id: 'Report' });
export type Report = z.infer<typeof Report>;

export const ReportBehind = z
  .object({
    items: z.array(Ticket),
    calls: z.array(z.string()).meta({ description: 'Calls behind the figure, with or without a ticket.' }),
    next: z.string().optional(),
  })
  .meta({ id: 'ReportBehind' });

const Counts = {
  offered: z.number(),
  answered: z.number(),
  answeredInTime: z.number(),
  abandoned: z.number().meta({ description: 'Ended before anybody answered, however soon.' }),
  borrowed: z.number().meta({ description: 'Answered by seats lent in an overflow (R10).' }),
};
/** One quarter of an hour of one day; of a usual day its counts are means. */
export const VolumeQuarter = z.object({ at: z.iso.datetime(), ...Counts }).meta({ id: 'VolumeQuarter' });
export type VolumeQuarter = z.infer<typeof VolumeQuarter>;
export const Volume = z
  .object({
    from: z.iso.datetime(),
    quarters: z.array(VolumeQuarter).meta({ description: 'Only those with a call; newest last.' }),
    usual: z.object({
      days: z
        .int()
        .meta({ description: 'How many of the same weekdays before had calls; 0: nothing to compare.' }),
      quarters: z.array(VolumeQuarter),
    }),
  })
  .meta({ id: 'Volume' });
export type Volume = z.infer<typeof Volume>;
