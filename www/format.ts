/** `03:07.4`, or `1:03:07.4` from an hour on. */
export function clockTime(seconds: number): string {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(tenths / 600);
  const hours = Math.floor(minutes / 60);
  const rest = `${two(minutes % 60)}:${two(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `842 kB`, `12.3 MB`, `1.24 GB`; a kB is 1000 bytes. */
export function fileSize(bytes: number): string {
  if (bytes < 999_500) return `${Math.round(bytes / 1e3)} kB`;
  if (bytes < 999_950_000) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** `12,345`, as the reader's language writes it. */
export function count(n: number): string {
  return n.toLocaleString();
}

/** `22 Nov 2026, 14:03:27`, as the reader's language writes it. */
export function dateTime(date: Date): string {
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** `1280 × 720`. */
export function pictureSize(width: number, height: number): string {
  return `${width} × ${height}`;
}

const CODECS: Record<string, string> = {
  avc1: 'H.264',
  avc3: 'H.264',
  vp8: 'VP8',
  vp09: 'VP9',
  av01: 'AV1',
  opus: 'Opus',
  mp4a: 'AAC',
};

/** What people call the codec of an RFC 6381 string such as `avc1.64001f`. */
export function codecName(codec: string): string {
  const [entry = ''] = codec.split('.');
  return CODECS[entry] ?? codec;
}

/** `3 h 20 min`, `12 min`, `40 s`: a rounded length. */
export function roughTime(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 100) return 'over 100 h';
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
