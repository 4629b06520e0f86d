// One short sound, made by the browser itself: two tones, thrice.

const TONES_HZ = [880, 660];
const TONE_S = 0.14;
const TIMES = 3;

/** Sound once; a browser in which nobody has pressed anything yet stays silent. */
export function ring() {
  if (!window.AudioContext || !navigator.userActivation?.hasBeenActive) return;
  const context = new AudioContext();
  const volume = context.createGain();
  volume.gain.value = 0.2;
  volume.connect(context.destination);
  const count = TONES_HZ.length * TIMES;
  for (let i = 0; i < count; i++) {
    const tone = context.createOscillator();
    tone.frequency.value = TONES_HZ[i % TONES_HZ.length];
    tone.connect(volume);
    tone.start(context.currentTime + i * TONE_S);
    tone.stop(context.currentTime + (i + 0.8) * TONE_S);
    if (i === count - 1) tone.onended = () => context.close();
  }
}
