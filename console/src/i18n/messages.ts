// The two languages put together, Chinese first. It must not hold texts of its own.
import { aidsEn } from './aids.en.ts';
import { aidsZh } from './aids.zh.ts';
import { auditEn } from './audit.en.ts';
import { auditZh } from './audit.zh.ts';
import { callersEn } from './callers.en.ts';
import { callersZh } from './callers.zh.ts';
import { deskEn } from './desk.en.ts';
import { deskZh } from './desk.zh.ts';
import { factsEn } from './facts.en.ts';
import { factsZh } from './facts.zh.ts';
import { knowledgeEn } from './knowledge.en.ts';
import { knowledgeZh } from './knowledge.zh.ts';
import { overflowEn } from './overflow.en.ts';
import { overflowZh } from './overflow.zh.ts';
import { planEn } from './plan.en.ts';
import { planZh } from './plan.zh.ts';
import { recordsEn } from './records.en.ts';
import { recordsZh } from './records.zh.ts';
import { refusalsEn } from './refusals.en.ts';
import { refusalsZh } from './refusals.zh.ts';
import { shellEn } from './shell.en.ts';
import { shellZh } from './shell.zh.ts';
import { wallEn } from './wall.en.ts';
import { wallZh } from './wall.zh.ts';

export const locales = ['zh-CN', 'en'] as const;
export type Locale = (typeof locales)[number];

export const messages = {
  'zh-CN': {
    ...shellZh,
    facts: { ...shellZh.facts, ...factsZh },
    aids: aidsZh,
    audit: auditZh,
    callers: callersZh,
    desk: deskZh,
    knowledge: knowledgeZh,
    overflow: overflowZh,
    plan: planZh,
    records: recordsZh,
    refusals: refusalsZh,
    wall: wallZh,
  },
  en: {
    ...shellEn,
    facts: { ...shellEn.facts, ...factsEn },
    aids: aidsEn,
    audit: auditEn,
    callers: callersEn,
    desk: deskEn,
    knowledge: knowledgeEn,
    overflow: overflowEn,
    plan: planEn,
    records: recordsEn,
    refusals: refusalsEn,
    wall: wallEn,
  },
} as const;
