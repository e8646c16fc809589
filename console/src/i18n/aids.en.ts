// Words for what stands beside a call at the desk, in English. It must have every key of aids.zh.ts; the type sees to it.
import type { aidsZh } from './aids.zh.ts';
import type { Words } from './words.ts';

export const aidsEn: Words<typeof aidsZh> = {
  silent: {
    title: 'Silent caller',
    open: 'Silent caller',
    hint: 'What to do when the caller says nothing',
    noticed: 'Nothing heard of the caller since the answer',
    ask: 'Ask to press a key',
    asking: 'Being asked…',
    asked: 'Asked {asked} ×',
    keys: 'Keys pressed',
    noKeys: 'No key yet',
    decide: 'Decision',
    note: 'Remark (optional)',
    decided: 'Decision on record: {name}',
    close: 'Fold away',
  },
  replay: {
    open: 'Hear again',
    hint: 'The last moments again, for your ear alone, on record; the caller is still on the line',
    title: 'The last moments again (only you hear this)',
    close: 'Stop',
  },
  broadcast: {
    title: 'Broadcast',
    open: 'Broadcast',
    text: 'Message',
    to: 'To',
    all: 'All seats of this platform',
    minutes: 'Shown for',
    minutesOf: '{minutes} min',
    hoursOf: '{hours} h',
    send: 'Send',
    sent: 'Sent',
    none: 'No broadcast in the last day',
    read: '{read} read it',
    unread: '{unread} have not',
    unreadSeats: 'Have not read it',
    takeBack: 'Take back',
    over: 'Over',
    ended: 'Taken back',
    from: '{by} at {at}',
    acknowledge: 'Got it',
    note: 'From your supervisor',
  },
};
