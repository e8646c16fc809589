// Signatures of the exchange: shared secrets and Ed25519 pairs, two keys while they rotate, forged and late ones refused.
// It must not need a server; the other side's verification is lab/partner.ts's own.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Webhook } from 'standardwebhooks';
import { newKeyPair, newSecret, PartnerSystem } from '../../lab/partner.ts';
import { openWebhook } from '../../server/adapters/partners/webhook.ts';
import { readPartners } from '../../server/adapters/partners/partners-file.ts';
import { isGenuine, isSigned, signed } from '../../server/exchange/message.ts';
import { isKeyFor } from '../../server/exchange/signing.ts';

const now = Date.parse('2026-11-22T02:00:00Z');
const partner = (keys: readonly string[]) => ({ id: 'police', platforms: ['110'], keys, inboundKeys: keys });

void t.test(
  'G13 v1 and v1a: what one key signed its own key verifies, no other does, and no other text',
  (t) => {
    const [pair, other, secret] = [newKeyPair(), newKeyPair(), newSecret()];
    const headers = signed(partner([pair.signing, secret]), 'm1', '{"a":1}', now);
    t.match(headers['webhook-signature'], /^v1a,[A-Za-z0-9+/]{86}== v1,[A-Za-z0-9+/]{43}=$/);
    t.ok(isSigned([pair.verifying], '{"a":1}', headers), 'who has moved to the pair');
    t.ok(isSigned([secret], '{"a":1}', headers), 'who has the shared secret still');
    t.notOk(isSigned([other.verifying, newSecret()], '{"a":1}', headers));
    t.notOk(isSigned([pair.verifying, secret], '{"a":2}', headers), 'changed on the way');
    t.notOk(isSigned([pair.verifying], '{"a":1}', { ...headers, 'webhook-id': 'm2' }), 'under another id');
    t.notOk(isSigned([pair.signing], '{"a":1}', headers), 'a private key verifies nothing');
    t.notOk(isSigned([pair.verifying], '{"a":1}', { ...headers, 'webhook-signature': 'v1a,AAAA v1a, x' }));
    t.ok(isGenuine([pair.verifying], '{"a":1}', headers, now + 299_000));
    t.notOk(isGenuine([pair.verifying], '{"a":1}', headers, now + 301_000), 'A13: late');
    t.notOk(isGenuine([pair.verifying], '{"a":1}', headers, now - 301_000), 'A13: from the future');
    t.doesNotThrow(() => {
      const at = Math.floor(Date.now() / 1000) * 1000;
      new Webhook(secret).verify('{}', { ...signed(partner([secret]), 'm', '{}', at) });
    }, 'the library of Standard Webhooks takes ours');
    t.end();
  },
);

void t.test('G13 a partner with the public key alone takes our messages', async (t) => {
  const [pair, secret] = [newKeyPair(), newSecret()];
  const there = new PartnerSystem(pair.verifying);
  const url = await there.start();
  const way = openWebhook({ url, allow: [new URL(url).host], inner: true });
  t.teardown(() => Promise.all([way.close(), there.stop()]));
  const body = JSON.stringify({ specversion: '1.0', id: 'm1', type: 'x', subject: 't', sequence: '1' });
  const send = (keys: readonly string[]) =>
    way.carry({ id: 'm1', body }, signed(partner(keys), 'm1', body, Date.now()));
  t.match(await send([secret]), { ok: false, error: 'HTTP 401' });
  t.match(await send([pair.signing, secret]), { ok: true });
  t.equal(there.effects.length, 1);
});

void t.test('the partners file: keys of the right kind, nobody else may read it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-partners-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'partners.json');
  const [pair, theirs] = [newKeyPair(), newKeyPair()];
  const read = async (more: object, mode = 0o600) => {
    const entry = { id: 'police', mode: 'border', platforms: ['110'], folder, ...more };
    await writeFile(file, JSON.stringify([entry]), { mode: 0o600 });
    await chmod(file, mode);
    return readPartners(file);
  };
  t.equal((await read({ keys: [pair.signing], inboundKeys: [theirs.verifying] })).length, 1);
  t.equal((await read({ keys: [newSecret(), newSecret()] })).length, 1);
  await t.rejects(read({ keys: [pair.signing] }), /inboundKeys/);
  await t.rejects(read({ keys: [pair.verifying], inboundKeys: [theirs.verifying] }), /whsk_/);
  await t.rejects(read({ keys: [newSecret()], inboundKeys: [theirs.signing] }), /whpk_/);
  await t.rejects(read({ keys: [newSecret()] }, 0o644), /600/);
  for (const bad of ['whsec_short', 'whsk_AAAA', `whpk_${'!'.repeat(44)}`, '', 'hello'])
    t.notOk(isKeyFor('signing', bad) || isKeyFor('verifying', bad), bad);
});
