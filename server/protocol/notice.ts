// Notices to supervisors of what cannot wait for a ticket: a matter tagged major, until each platform has said that it knows.
// It must not say when it is chased: domain/notice does.
import { z } from 'zod';
import { CallId, Platform, TicketClass } from './words.ts';

export const NoticeView = z
  .object({
    call: CallId,
    platform: Platform.meta({ description: 'Whose supervisors must acknowledge it.' }),
    class: TicketClass,
    item: z.string(),
    region: z.string(),
    place: z.string(),
    summary: z.string(),
    raisedAt: z.iso.datetime(),
    raisedBy: z.string(),
    chased: z.number().int().meta({ description: 'How often it was chased so far (WR2).' }),
    acknowledgedAt: z.iso.datetime().optional(),
    acknowledgedBy: z.string().optional(),
    note: z.string().optional(),
  })
  .meta({ id: 'Notice' });
export type NoticeView = z.infer<typeof NoticeView>;

export const AcknowledgeNoticeBody = z.strictObject({ note: z.string().trim().min(1).max(500).optional() });
