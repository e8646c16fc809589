// A person at a desk with nothing but a browser: opens the console, presses its buttons, and listens with an FFT.
// It must not reach behind the page: what is not on the screen or in the ear is not known.
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { openWindow } from '../../console/chromium.ts';
import type { Window, WindowOptions } from '../../console/chromium.ts';
import type { City } from '../../lab/city.ts';
import { MediaRelay } from '../../lab/media-relay.ts';
import { Relay } from '../../lab/relay.ts';
import { giveToneBack, takeTone } from '../../lab/phones/tones.ts';

const heardAbove = -45;

export class BrowserSeat {
  readonly user: string;
  /** Where its pages are: the server's address, or its own cable's. */
  readonly url: string;
  readonly toneHz: number;
  readonly page: Page;
  /** Everything the page complained of; a clean story has none. */
  readonly complaints: string[] = [];
  readonly #window: Window;
  readonly #city: City;

  readonly #relay: Relay | null;
  readonly #sound: MediaRelay | null;

  private constructor(
    user: string,
    toneHz: number,
    city: City,
    opened: {
      readonly url: string;
      readonly window: Window;
      readonly page: Page;
      readonly relay: Relay | null;
      readonly sound: MediaRelay | null;
    },
  ) {
    this.user = user;
    this.toneHz = toneHz;
    this.url = opened.url;
    this.page = opened.page;
    this.#window = opened.window;
    this.#relay = opened.relay;
    this.#sound = opened.sound;
    this.#city = city;
    opened.page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    opened.page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/u.test(message.text()))
        this.complaints.push(`console: ${message.text()}`);
    });
  }

  /** `cuttable`: its network can be taken away (`network`). */
  static async open(
    city: City,
    user: string,
    options: Parameters<typeof BrowserSeat.atDoor>[2] = {},
  ): Promise<BrowserSeat> {
    const seat = await BrowserSeat.atDoor(city, user, options);
    await seat.page.locator('button[type=submit]').click();
    await seat.page.locator('header.bar').waitFor();
    return seat;
  }

  /** At the sign-in page, user and password filled in. */
  static async atDoor(
    city: City,
    user: string,
    options: WindowOptions & { readonly preferences?: object; readonly cuttable?: boolean } = {},
  ): Promise<BrowserSeat> {
    // Supervisors and auditors have no phone, and tones are few.
    const toneHz = /^\d/u.test(user) ? takeTone(options.toneHz) : null;
    const window = await openWindow({ ...options, ...(toneHz === null ? {} : { toneHz }) });
    const page = window.context.pages()[0] ?? (await window.context.newPage());
    const { hostname, port } = new URL(city.server.url);
    const relay = options.cuttable === true ? await Relay.start(hostname, Number(port)) : null;
    const sound = relay === null ? null : new MediaRelay();
    if (sound !== null) {
      await page.exposeFunction('hotlineCable', (host: string, at: number) => sound.path(host, at));
      await page.addInitScript({ path: new URL('page-cable.js', import.meta.url).pathname });
    }
    const url = relay === null ? city.server.url : `http://127.0.0.1:${relay.port}`;
    const seat = new BrowserSeat(user, toneHz ?? 0, city, { url, window, page, relay, sound });
    await page.addInitScript({ path: new URL('page-ear.js', import.meta.url).pathname });
    // Voice processing would take a steady tone for noise.
    const preferences = JSON.stringify({ voiceProcessing: false, theme: 'light', ...options.preferences });
    await page.addInitScript({
      content: `localStorage.getItem('hotline.preferences') ?? localStorage.setItem('hotline.preferences', ${JSON.stringify(preferences)})`,
    });
    await page.goto(`${url}/`);
    await page.locator('input[name=user]').fill(user);
    await page.locator('input[name=password]').fill(await passwordOf(city, user));
    return seat;
  }

  on(test: string): Locator {
    return this.page.locator(`[data-test="${test}"]`);
  }
  press(test: string): Promise<void> {
    return this.on(test).click({ timeout: 8_000 });
  }

  /** Signs the seat in by its button, waits for its phone, and makes it ready. */
  async ready(): Promise<void> {
    await this.press('sign-in');
    await this.on('phone-state')
      .filter({ hasText: /就绪|Ready/u })
      .waitFor({ timeout: 10_000 });
    await this.#city.until(
      `phone of ${this.user} registered`,
      async () => (await this.#city.seat(this.user))['phone'] === 'registered',
    );
    await this.press('ready');
    await this.state(/空闲|Ready/u);
  }
  async state(word: RegExp): Promise<void> {
    await this.on('seat-state').filter({ hasText: word }).waitFor({ timeout: 10_000 });
  }

  /** Language and appearance, as if chosen in another page of this browser. */
  async look(locale: string, theme: string): Promise<void> {
    const stored = JSON.stringify({ locale, theme });
    await this.page.evaluate(
      `dispatchEvent(new StorageEvent('storage', { key: 'hotline.preferences', newValue: ${JSON.stringify(stored)} }))`,
    );
    await this.page
      .locator(`html[lang="${locale}"]${theme === 'dark' ? '.dark' : ':not(.dark)'}`)
      .waitFor({ state: 'attached' });
    // What is half way between two looks is judged as neither.
    await this.until(
      'document.getAnimations().every((each) => !/color/u.test(each.transitionProperty ?? ""))',
    );
  }

  /** Waits until this is true in the page. Asked anew from outside each time: its policy forbids a page to evaluate by itself. */
  async until(expression: string, withinMs = 10_000): Promise<void> {
    const asked = Date.now();
    while (!(await this.page.evaluate<boolean>(`Boolean(${expression})`))) {
      if (Date.now() - asked > withinMs)
        throw new Error(`Not within ${withinMs} ms in the page of ${this.user}: ${expression}`);
      await this.page.waitForTimeout(50);
    }
  }

  /** Waits until exactly these of all tones are heard; answers after how many ms. */
  async hears(wanted: readonly number[], others: readonly number[] = [], withinMs = 6_000): Promise<number> {
    const asked = Date.now();
    let last: readonly number[] = [];
    while (Date.now() - asked < withinMs) {
      last = await this.page.evaluate<readonly number[]>(
        `hotlineEar(${JSON.stringify([...wanted, ...others])})`,
      );
      const right = last.every((level, place) => level > heardAbove === place < wanted.length);
      if (right) return Date.now() - asked;
    }
    const told = last
      .map((level, place) => `${[...wanted, ...others][place] ?? 0} Hz ${level.toFixed(0)} dB`)
      .join(', ');
    throw new Error(
      `Seat ${this.user} did not hear ${wanted.join(' + ') || 'silence'} Hz alone within ${withinMs} ms; it heard ${told}.`,
    );
  }

  /** Level of each tone in what a player of this page plays to its person, dB. */
  async plays(test: string, tones: readonly number[]): Promise<readonly number[]> {
    return this.page.evaluate<readonly number[]>(
      `hotlinePlayer(${JSON.stringify(`[data-test="${test}"]`)}, ${JSON.stringify(tones)})`,
    );
  }

  /**
   * The network of this page alone: its connections stand still and every packet of sound is lost, both ways; or is back.
   * The page is not told, as nobody tells it when a cable is pulled.
   */
  network(on: boolean): void {
    if (this.#relay === null || this.#sound === null)
      throw new Error(`Seat ${this.user} was not opened cuttable.`);
    this.#relay.stand(!on);
    this.#sound.cut(!on);
  }

  /** Its machine stands still, or goes on: no sound, no word, no goodbye. */
  freeze(on: boolean): void {
    this.#window.freeze(on);
  }

  async close(): Promise<void> {
    await this.#window.close();
    this.#sound?.close();
    await this.#relay?.close();
    if (this.toneHz > 0) giveToneBack(this.toneHz);
  }
}

export async function passwordOf(city: City, user: string): Promise<string> {
  const accounts = JSON.parse(await readFile(city.server.accountsFile, 'utf8')) as {
    user: string;
    password: string;
  }[];
  const account = accounts.find((each) => each.user === user);
  if (!account) throw new Error(`There is no account ${user} in ${city.server.accountsFile}.`);
  return account.password;
}
