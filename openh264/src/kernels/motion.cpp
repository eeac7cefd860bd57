// Motion compensation: pixels between pixels (ITU-T H.264 § 8.4.2.2). Rows are read up to 16 pixels beyond the block, which
// the margin around every picture allows.
#include "kernels.h"
#include "lanes.h"

namespace {

/// The filter of § 8.4.2.2.1 over six neighbours, before it is rounded.
v128_t six(v128_t a, v128_t b, v128_t c, v128_t d, v128_t e, v128_t f) {
  const v128_t middle = wasm_i16x8_shl(wasm_i16x8_add(c, d), 2);
  const v128_t inner = wasm_i16x8_sub(middle, wasm_i16x8_add(b, e));
  const v128_t five = wasm_i16x8_add(wasm_i16x8_shl(inner, 2), inner);
  return wasm_i16x8_add(wasm_i16x8_add(a, f), five);
}

v128_t rounded(v128_t sum) {
  const v128_t pixels = wasm_i16x8_shr(wasm_i16x8_add(sum, wasm_i16x8_const_splat(16)), 5);
  return wasm_u8x16_narrow_i16x8(pixels, pixels);
}

/// Runs the work for each eight columns of a width; where it is no multiple of 8, for the last eight, some of them again.
template <typename Work>
void by_eight(int width, Work work) {
  int x = 0;
  for (; x + 8 <= width; x += 8) work(x);
  if (x < width) work(width > 8 ? width - 8 : 0);
}

/// Writes eight pixels, or as many as a narrower block has.
void store(uint8_t* to, v128_t pixels, int width) {
  if (width >= 8) return wasm_v128_store64_lane(to, pixels, 0);
  if (width == 2) return wasm_v128_store16_lane(to, pixels, 0);
  wasm_v128_store32_lane(to, pixels, 0);
  if (width == 5) wasm_v128_store8_lane(to + 4, pixels, 4);
}

void half_across(const uint8_t* from, int32_t from_stride, uint8_t* to, int32_t to_stride, int32_t width, int32_t height) {
  by_eight(width, [=](int x) {
    const uint8_t* at = from + x;
    for (int y = 0; y < height; y++, at += from_stride) {
      const v128_t sum = six(eight(at - 2), eight(at - 1), eight(at), eight(at + 1), eight(at + 2), eight(at + 3));
      store(to + y * to_stride + x, rounded(sum), width);
    }
  });
}

void half_down(const uint8_t* from, int32_t from_stride, uint8_t* to, int32_t to_stride, int32_t width, int32_t height) {
  by_eight(width, [=](int x) {
    const uint8_t* at = from + x - 2 * from_stride;
    v128_t a = eight(at), b = eight(at + from_stride), c = eight(at + 2 * from_stride);
    v128_t d = eight(at + 3 * from_stride), e = eight(at + 4 * from_stride);
    at += 5 * from_stride;
    for (int y = 0; y < height; y++, at += from_stride) {
      const v128_t f = eight(at);
      store(to + y * to_stride + x, rounded(six(a, b, c, d, e, f)), width);
      a = b, b = c, c = d, d = e, e = f;
    }
  });
}

/// Both ways, rounded once: the sums of the columns take 16 bits, those of the rows of these 20.
v128_t centre(const int16_t* sums) {
  const auto at = [=](int i) { return wasm_v128_load(sums + i); };
  const v128_t outer = wasm_i16x8_add(at(0), at(5)), inner = wasm_i16x8_add(at(1), at(4)), middle = wasm_i16x8_add(at(2), at(3));
  const v128_t weights = wasm_i16x8_const(-5, 20, -5, 20, -5, 20, -5, 20);
  const v128_t half = wasm_i32x4_const_splat(512);
  const v128_t low = wasm_i32x4_add(wasm_i32x4_dot_i16x8(zip16_lower(inner, middle), weights), wasm_i32x4_extend_low_i16x8(outer));
  const v128_t high = wasm_i32x4_add(wasm_i32x4_dot_i16x8(zip16_upper(inner, middle), weights), wasm_i32x4_extend_high_i16x8(outer));
  const v128_t pixels = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(low, half), 10), wasm_i32x4_shr(wasm_i32x4_add(high, half), 10));
  return wasm_u8x16_narrow_i16x8(pixels, pixels);
}

void half_both(const uint8_t* from, int32_t from_stride, uint8_t* to, int32_t to_stride, int32_t width, int32_t height) {
  // 17 pixels and 5 neighbours, in columns of eight.
  int16_t sums[17][24];
  for (int x = 0; x < width + 5; x += 8) {
    const uint8_t* at = from + x - 2 - 2 * from_stride;
    v128_t a = eight(at), b = eight(at + from_stride), c = eight(at + 2 * from_stride);
    v128_t d = eight(at + 3 * from_stride), e = eight(at + 4 * from_stride);
    at += 5 * from_stride;
    for (int y = 0; y < height; y++, at += from_stride) {
      const v128_t f = eight(at);
      wasm_v128_store(sums[y] + x, six(a, b, c, d, e, f));
      a = b, b = c, c = d, d = e, e = f;
    }
  }
  by_eight(width, [&](int x) {
    for (int y = 0; y < height; y++) store(to + y * to_stride + x, centre(sums[y] + x), width);
  });
}

void average(uint8_t* to, int32_t to_stride, const uint8_t* a, int32_t a_stride, const uint8_t* b, int32_t b_stride, int32_t width, int32_t height) {
  for (int y = 0; y < height; y++, to += to_stride, a += a_stride, b += b_stride) {
    if (width == 16)
      wasm_v128_store(to, wasm_u8x16_avgr(wasm_v128_load(a), wasm_v128_load(b)));
    else
      by_eight(width, [=](int x) {
        store(to + x, wasm_u8x16_avgr(wasm_v128_load64_zero(a + x), wasm_v128_load64_zero(b + x)), width);
      });
  }
}

void copy(const uint8_t* from, int32_t from_stride, uint8_t* to, int32_t to_stride, int32_t width, int32_t height) {
  for (int y = 0; y < height; y++, from += from_stride, to += to_stride) {
    if (width == 16)
      wasm_v128_store(to, wasm_v128_load(from));
    else
      store(to, wasm_v128_load64_zero(from), width);
  }
}

/// A block of luma at a motion vector in quarters of a pixel; `from` is the whole part of it. Quarters are the mean of the two
/// nearest of the whole and half pixels (§ 8.4.2.2.1, table 8-12).
void luma(const uint8_t* from, int32_t from_stride, uint8_t* to, int32_t to_stride, int16_t mv_x, int16_t mv_y, int32_t width, int32_t height) {
  const int dx = mv_x & 3, dy = mv_y & 3;
  const uint8_t *right = from + (dx == 3), *below = from + (dy == 3) * from_stride;
  uint8_t first[256], last[256];
  const auto mean = [=](const uint8_t* a, int a_stride, const uint8_t* b) {
    average(to, to_stride, a, a_stride, b, 16, width, height);
  };
  if (dx == 0 && dy == 0) return copy(from, from_stride, to, to_stride, width, height);
  if (dy == 0) {
    if (dx == 2) return half_across(from, from_stride, to, to_stride, width, height);
    half_across(from, from_stride, first, 16, width, height);
    return mean(right, from_stride, first);
  }
  if (dx == 0) {
    if (dy == 2) return half_down(from, from_stride, to, to_stride, width, height);
    half_down(from, from_stride, first, 16, width, height);
    return mean(below, from_stride, first);
  }
  if (dx == 2 && dy == 2) return half_both(from, from_stride, to, to_stride, width, height);
  if (dx == 2 || dy == 2) {
    half_both(from, from_stride, last, 16, width, height);
    if (dx == 2)
      half_across(below, from_stride, first, 16, width, height);
    else
      half_down(right, from_stride, first, 16, width, height);
  } else {
    half_across(below, from_stride, first, 16, width, height);
    half_down(right, from_stride, last, 16, width, height);
  }
  mean(first, 16, last);
}

/// A block of chroma at a motion vector in eighths of a pixel, § 8.4.2.2.2.
void chroma(const uint8_t* from, int32_t from_stride, uint8_t* to, int32_t to_stride, int16_t mv_x, int16_t mv_y, int32_t width, int32_t height) {
  const int dx = mv_x & 7, dy = mv_y & 7;
  if (dx == 0 && dy == 0) return copy(from, from_stride, to, to_stride, width, height);
  const v128_t a = wasm_i16x8_splat((8 - dx) * (8 - dy)), b = wasm_i16x8_splat(dx * (8 - dy));
  const v128_t c = wasm_i16x8_splat((8 - dx) * dy), d = wasm_i16x8_splat(dx * dy);
  v128_t here = eight(from), next = eight(from + 1);
  for (int y = 0; y < height; y++, to += to_stride) {
    from += from_stride;
    const v128_t below = eight(from), below_next = eight(from + 1);
    const v128_t above = wasm_i16x8_add(wasm_i16x8_mul(here, a), wasm_i16x8_mul(next, b));
    const v128_t under = wasm_i16x8_add(wasm_i16x8_mul(below, c), wasm_i16x8_mul(below_next, d));
    const v128_t sum = wasm_i16x8_add(wasm_i16x8_add(above, under), wasm_i16x8_const_splat(32));
    const v128_t pixels = wasm_u16x8_shr(sum, 6);
    store(to, wasm_u8x16_narrow_i16x8(pixels, pixels), width);
    here = below, next = below_next;
  }
}

/// Intra prediction by a plane (§ 8.3.3.4), which every macroblock tries.
void plane(uint8_t* to, uint8_t* from, const int32_t stride) {
  const uint8_t *top = from - stride, *left = from - 1;
  int across = 0, down = 0;
  for (int i = 0; i < 8; i++) {
    across += (i + 1) * (top[8 + i] - top[6 - i]);
    down += (i + 1) * (left[(8 + i) * stride] - left[(6 - i) * stride]);
  }
  const int a = 16 * (left[15 * stride] + top[15]), b = (5 * across + 32) >> 6, c = (5 * down + 32) >> 6;
  const v128_t steps = wasm_i16x8_mul(wasm_i16x8_const(-7, -6, -5, -4, -3, -2, -1, 0), wasm_i16x8_splat(b));
  v128_t row = wasm_i16x8_add(steps, wasm_i16x8_splat(a - 7 * c + 16));
  const v128_t further = wasm_i16x8_splat(8 * b), next = wasm_i16x8_splat(c);
  for (int y = 0; y < 16; y++, to += 16) {
    const v128_t right = wasm_i16x8_add(row, further);
    wasm_v128_store(to, wasm_u8x16_narrow_i16x8(wasm_i16x8_shr(row, 5), wasm_i16x8_shr(right, 5)));
    row = wasm_i16x8_add(row, next);
  }
}

}  // namespace

void kernels::use_motion(WelsEnc::SWelsFuncPtrList& table) { table.pfGetLumaI16x16Pred[I16_PRED_P] = plane; }

#ifndef SCALAR
// In place of the whole of their mc.cpp.
void WelsCommon::InitMcFunc(SMcFunc* motion, uint32_t) {
  motion->pfLumaHalfpelHor = half_across;
  motion->pfLumaHalfpelVer = half_down;
  motion->pfLumaHalfpelCen = half_both;
  motion->pfSampleAveraging = average;
  motion->pMcLumaFunc = luma;
  motion->pMcChromaFunc = chroma;
}
#endif
