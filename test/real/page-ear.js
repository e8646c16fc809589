// Runs in the page of a BrowserSeat, before its own scripts: keeps each sound that arrives, and measures tones in it.
// It must not change what the page hears or sends.
const kept = [];
const Original = globalThis.RTCPeerConnection;
globalThis.RTCPeerConnection = class extends Original {
  constructor(configuration) {
    super(configuration);
    this.addEventListener('track', ({ track }) => kept.push(track));
  }
};

/** Level of each tone in dB on the newest live track, over 400 ms; -200 where there is none. */
globalThis.hotlineEar = (tones) =>
  levels(
    kept.findLast(({ readyState }) => readyState === 'live'),
    tones,
  );
/** The same of what an audio element plays. */
globalThis.hotlinePlayer = (selector, tones) =>
  levels(document.querySelector(selector)?.captureStream().getAudioTracks()[0], tones);

async function levels(track, tones) {
  if (!track) return tones.map(() => -200);
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await context.resume();
  await new Promise((resolve) => setTimeout(resolve, 400));
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const width = context.sampleRate / analyser.fftSize;
  await context.close();
  return tones.map((tone) =>
    Math.max(...bins.slice(Math.floor(tone / width) - 2, Math.ceil(tone / width) + 3)),
  );
}
