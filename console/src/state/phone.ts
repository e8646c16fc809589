// The seat's softphone as the screens see it: registration, line, devices, quality, levels. Starts with the seat's
// sign-in and dies with its sign-out. It must not decide when to ring: desk/ringing.ts follows the server's facts.
import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef, watch } from 'vue';
import type { SipAccount } from '../../../server/protocol/session.ts';
import { LevelMeter } from '../phone/level.ts';
import { gradeOf } from '../phone/quality.ts';
import type { Quality } from '../phone/quality.ts';
import { Ringer } from '../phone/ringer.ts';
import type { PhoneLine, PhoneTrouble, Registration, SoftphonePort } from '../phone/softphone-port.ts';
import { useNotices } from './notices.ts';
import { usePreferences } from './preferences.ts';
import { useSession } from './session.ts';

const lookMs = 1_000;
/** CL9: a line that is up and silent this long is a fault, and is said so. */
const silentAfterMs = 2_000;
const troubleTexts: Record<PhoneTrouble, string> = {
  'microphone-refused': 'phone.micRefused',
  'microphone-lost': 'phone.micLost',
};

export const usePhone = defineStore('phone', () => {
  const { chosen } = usePreferences();
  const session = useSession();
  const notices = useNotices();
  const registration = ref<Registration>('off');
  const line = shallowRef<PhoneLine | null>(null);
  const quality = shallowRef<Quality | null>(null);
  /** Call whose answer was pressed before its INVITE came: the screen may be quicker than the phone. */
  const wanted = ref<string | null>(null);
  const devices = shallowRef<readonly MediaDeviceInfo[]>([]);
  // Raw: a reactive proxy cannot reach private members.
  const ringer = markRaw(new Ringer());
  const loudspeaker = new Audio();
  loudspeaker.autoplay = true;
  let phone: SoftphonePort | null = null;
  let context: AudioContext | null = null;
  let mic: LevelMeter | null = null;
  let ear: LevelMeter | null = null;
  let looking: ReturnType<typeof setInterval> | undefined;

  const meter = (known: LevelMeter | null): LevelMeter =>
    known ?? new LevelMeter((context ??= new AudioContext()));
  const silent = computed(() => (quality.value?.silentMs ?? 0) > silentAfterMs);
  const grade = computed(() => (quality.value ? gradeOf(quality.value) : null));

  async function start(account: SipAccount): Promise<void> {
    // The library is loaded when a seat needs it: a supervisor's first screen does not wait for it.
    const { JsSipSoftphone } = await import('../phone/jssip-softphone.ts');
    phone?.stop();
    phone = new JsSipSoftphone(
      {
        registration: (state) => (registration.value = state),
        line: (now) => {
          line.value = now;
          if (now?.state === 'ringing' && now.call === wanted.value) void phone?.answer();
          if (!now) quality.value = null;
        },
        trouble: (trouble) => {
          wanted.value = null;
          notices.tell('warning', troubleTexts[trouble]);
        },
        remote: (stream) => {
          loudspeaker.srcObject = stream;
          ear = meter(ear);
          ear.listen(stream);
          if (stream) void loudspeaker.play().catch(() => undefined);
        },
        local: (stream) => {
          mic = meter(mic);
          mic.listen(stream);
          if (stream) void listDevices();
        },
      },
      { microphone: chosen.microphone, speaker: chosen.speaker },
      chosen.voiceProcessing,
    );
    phone.register(account, session.ticket);
    clearInterval(looking);
    looking = setInterval(() => void look(), lookMs);
    void ringer.arm();
  }
  /** `leaveCall`: the call goes on without this phone. */
  function stop(leaveCall = false): void {
    clearInterval(looking);
    phone?.stop(leaveCall);
    phone = null;
    ringer.stop();
    line.value = null;
    registration.value = 'off';
  }
  async function look(): Promise<void> {
    if (line.value?.state === 'up') quality.value = (await phone?.quality().catch(() => null)) ?? null;
  }
  async function listDevices(): Promise<void> {
    devices.value = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  }
  navigator.mediaDevices?.addEventListener('devicechange', () => void listDevices());

  watch(
    () => [chosen.microphone, chosen.speaker, chosen.ringer, chosen.ringVolume] as const,
    ([microphone, speaker, bell, volume]) => {
      ringer.configure(bell, volume);
      void phone?.useDevices({ microphone, speaker });
      const player = loudspeaker as HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };
      void player.setSinkId?.(speaker).catch(() => undefined);
    },
    { immediate: true },
  );

  return {
    registration,
    line,
    quality,
    grade,
    silent,
    devices,
    ringer,
    start,
    stop,
    listDevices,
    wanted,
    /** The call's offer is over, or another one began: a press of before counts no more. */
    forgetWanted: () => (wanted.value = null),
    answer: (call: string) => {
      wanted.value = call;
      if (line.value?.state === 'ringing') void phone?.answer();
    },
    hangUp: () => phone?.hangUp(),
    mute: (on: boolean) => phone?.mute(on),
    dtmf: (digit: string) => phone?.dtmf(digit),
    mend: () => phone?.mend(),
    levels: () => {
      void context?.resume().catch(() => undefined);
      return { mic: mic?.read() ?? 0, ear: ear?.read() ?? 0 };
    },
  };
});
