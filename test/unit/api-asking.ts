// What the tests of the HTTP surface share.
// It must not assert.

export const canary = '13987650001';

export const json = { 'content-type': 'application/json' };

export const mismatches = (desk: { readonly logged: readonly string[] }) =>
  desk.logged.filter((line) => line.includes('does not match its schema'));
