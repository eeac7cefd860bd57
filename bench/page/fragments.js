/** How many samples a fragmented MP4 has (ISO/IEC 14496-12 § 8.8.8): MediaRecorder does not report how many it kept. */
export function framesOfFragments(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = (from, to) => {
    let frames = 0;
    for (let at = from; at + 8 <= to;) {
      const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
      let header = 8;
      let size = view.getUint32(at);
      if (size === 1) {
        size = Number(view.getBigUint64(at + 8));
        header = 16;
      } else if (size === 0) size = to - at;
      if (size < header) throw new Error(`the box ${type} at byte ${at} is broken`);
      // A full box: version and flags, then the number of samples.
      if (type === 'trun') frames += view.getUint32(at + header + 4);
      else if (type === 'moof' || type === 'traf') frames += count(at + header, at + size);
      at += size;
    }
    return frames;
  };
  return count(0, file.length);
}
