// Articles 5 and 6 of the plan in English, for readers; the Chinese text is the one in force.
import type { planZh } from './plan.zh.ts';
import type { Words } from './words.ts';

export const planEn: Words<typeof planZh> = {
  '12345': {
    basis: 'Article 5',
    general:
      'Leads on offences that are not going on now, complaints about police, noise and similar public-order complaints, minor traffic accidents, and other non-urgent matters for the police.',
    urgent:
      'Leads on offences going on now, complaints about police, major traffic accidents; missing old people, minors, people with intellectual or mental disabilities; people in danger; tickets in hand that may turn into public-order or criminal cases, and other urgent matters for the police.',
    major:
      'Major accidents and natural disasters that affect life, property, public safety or social stability and need the police in an emergency response.',
  },
  '110': {
    basis: 'Article 6',
    general:
      'Enquiries, and non-police matters that belong to 12345: disputes, reports and complaints about other bodies, handled in time by the departments in charge.',
    urgent:
      'Disputes, calls for help and complaints going on now that are not for the police but may turn into public-order or criminal cases.',
    major:
      'Major hazards, mass incidents, major accidents or other non-police matters that gravely affect public safety or social stability.',
  },
};
