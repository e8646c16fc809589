import { City } from '../../lab/city.ts';
import { BrowserSeat } from './browser-seat.ts';
import { freshBuild } from '../../console/fresh-build.ts';
await freshBuild();
const city = await City.start({ keep: true });
const log = (...words: unknown[]) => console.log(new Date().toISOString().slice(17), ...words);
log('city', city.server.logFile);
try {
  const seat = await BrowserSeat.open(city, '1001');
  await seat.ready();
  const caller = await city.citizen();
  await caller.dial('12345');
  await seat.on('incoming').waitFor({ timeout: 8000 });
  await seat.press('answer');
  await seat.hears([caller.toneHz]);
  const id = String((await city.live())[0]?.['id']);
  seat.page.on('dialog', (dialog) => void dialog.accept());
  // network drop
  await seat.page.context().setOffline(true);
  log('offline');
  await seat.page.waitForTimeout(5000);
  await seat.page.context().setOffline(false);
  log('online; hears', await seat.hears([caller.toneHz]).catch(String));
  await seat.page.waitForTimeout(3000);
  log(await seat.on('seat-state').innerText(), await seat.on('quality').innerText().catch(String));
  log('reload');
  await seat.page.reload();
  for (let n = 0; n < 10; n += 1) {
    await seat.page.waitForTimeout(1500);
    log(await seat.on('seat-state').innerText().catch(String), (await city.live())[0]?.['phase'], caller.state, JSON.stringify(await caller.heard(300).catch(String)), await seat.on('phone-state').innerText({ timeout: 300 }).catch(() => '-'));
  }
  log((await city.timeline(id)).map((f) => `${f.time.slice(17)} ${f.type} ${JSON.stringify(f.data).slice(0, 120)}`).join('\n'));
  await seat.page.screenshot({ path: '/tmp/r1.png' });
  log(seat.complaints);
  await seat.close();
} finally { await city.stop(); }
