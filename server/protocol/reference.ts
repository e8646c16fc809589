// A city's reference data: divisions, catalogue of matters, units, rules by class; files of site/<city>/ (R12, R17, R27).
// It must not read files; adapters/system does. A file with a fault is refused whole.
import { z } from 'zod';
import { RegionCode, UnitCode } from './ticket.ts';
import { LineId, Platform, TicketClass } from './words.ts';

export const Region = z
  .object({ code: RegionCode, name: z.string().min(1), parent: RegionCode.optional() })
  .meta({ id: 'Region' });
export type Region = z.infer<typeof Region>;
export const Regions = z
  .object({ standard: z.string(), regions: z.array(Region).min(1) })
  .superRefine(({ regions }, context) => {
    const codes = new Set(regions.map(({ code }) => code));
    regions.forEach(({ parent }, n) => {
      if (parent !== undefined && !codes.has(parent))
        context.addIssue({
          code: 'custom',
          message: `unknown division ${parent}`,
          path: ['regions', n, 'parent'],
        });
    });
    if (codes.size !== regions.length)
      context.addIssue({ code: 'custom', message: 'a division is listed twice', path: ['regions'] });
  });

const itemId = z.string().regex(/^[a-z0-9-]{1,64}$/);
export const CatalogueGroup = z.object({
  id: itemId,
  name: z.string().min(1),
  clause: z.string(),
  /** Where matters of this group belong: a platform, or lines that are named to the caller (R6). */
  to: z.union([z.strictObject({ platform: Platform }), z.strictObject({ lines: z.array(LineId).min(1) })]),
  /** What is said to the caller when guided. */
  guide: z.string().optional(),
  items: z
    .array(z.object({ id: itemId, name: z.string().min(1), words: z.array(z.string().min(1)).default([]) }))
    .min(1),
});
export const Catalogue = z
  .object({ version: z.string(), source: z.string(), groups: z.array(CatalogueGroup).min(1) })
  .superRefine(({ groups }, context) => {
    const seen = new Set<string>();
    groups.forEach((group, g) => {
      group.items.forEach((item, i) => {
        if (seen.has(item.id))
          context.addIssue({
            code: 'custom',
            message: `item ${item.id} is listed twice`,
            path: ['groups', g, 'items', i, 'id'],
          });
        seen.add(item.id);
      });
    });
  });
export type Catalogue = z.infer<typeof Catalogue>;
export type CatalogueGroup = z.infer<typeof CatalogueGroup>;

export const CatalogueEntry = z
  .object({
    id: z.string(),
    name: z.string(),
    group: z.string(),
    groupName: z.string(),
    platform: Platform.optional(),
    lines: z.array(LineId).optional(),
    guide: z.string().optional(),
    score: z.number().optional(),
  })
  .meta({ id: 'CatalogueEntry' });
export type CatalogueEntry = z.infer<typeof CatalogueEntry>;

export const Unit = z
  .object({
    code: UnitCode,
    name: z.string().min(1),
    region: RegionCode,
    /** Has an emergency team on duty for 24 hours (R9). */
    emergencyTeam: z.boolean().default(false),
    /** Lines where the team on duty answers, by hours of the day; the whole day when left out. */
    duty: z
      .array(
        z.object({
          from: z.string().regex(/^\d\d:\d\d$/),
          to: z.string().regex(/^\d\d:\d\d$/),
          line: z.string(),
        }),
      )
      .default([]),
  })
  .meta({ id: 'Unit' });
export type Unit = z.infer<typeof Unit>;
export const Units = z
  .object({ note: z.string().optional(), units: z.array(Unit) })
  .superRefine(({ units }, context) => {
    if (new Set(units.map(({ code }) => code)).size !== units.length)
      context.addIssue({ code: 'custom', message: 'a unit is listed twice', path: ['units'] });
  });

const minutes = z.number().positive().max(525_600);
export const ClassRule = z.object({
  platform: Platform,
  class: TicketClass,
  /** The plan's own words, shown where the class is chosen (第五、六条). */
  definition: z.string().min(1),
  /** 突发 by itself: the two short deadlines of 第十五条. */
  emergency: z.boolean().default(false),
  acceptMinutes: minutes,
  signMinutes: minutes,
  onSiteMinutes: minutes.optional(),
  feedbackMinutes: minutes,
  closeMinutes: minutes,
  /** Who is told at once and must acknowledge (第十二–十四条). */
  tell: z.array(Platform).default([]),
  /** Who attends, in the plan's words. */
  attends: z.string(),
});
export type ClassRule = z.infer<typeof ClassRule>;
export const TicketRules = z
  .object({
    emergency: z.object({ signMinutes: minutes, onSiteMinutes: minutes }),
    /** A reminder goes out when this share of a deadline is over. */
    remindAt: z.number().gt(0).lt(1),
    /** How often what is not acknowledged is chased, in seconds. */
    chaseSeconds: z.number().positive(),
    dangerPlatform: Platform,
    classes: z.array(ClassRule).min(1),
  })
  .superRefine(({ classes }, context) => {
    const keys = classes.map((rule) => `${rule.platform} ${rule.class}`);
    if (new Set(keys).size !== keys.length)
      context.addIssue({ code: 'custom', message: 'a class is ruled twice', path: ['classes'] });
  });
export type TicketRules = z.infer<typeof TicketRules>;
