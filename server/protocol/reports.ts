// Reports on the wire: figures counted from recorded facts, each with the way to what it was counted from (R11, R14, R25).
// It must not say how a figure is counted: the view report_figures does.
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
