// The transform of residuals (ITU-T H.264 § 8.5), their quantization, the order in which they are written, and the way back.
#include "kernels.h"
#include "lanes.h"

namespace {

void forward(v128_t x[4]) {
  const v128_t s0 = wasm_i16x8_add(x[0], x[3]), d0 = wasm_i16x8_sub(x[0], x[3]);
  const v128_t s1 = wasm_i16x8_add(x[1], x[2]), d1 = wasm_i16x8_sub(x[1], x[2]);
  x[0] = wasm_i16x8_add(s0, s1);
  x[1] = wasm_i16x8_add(wasm_i16x8_shl(d0, 1), d1);
  x[2] = wasm_i16x8_sub(s0, s1);
  x[3] = wasm_i16x8_sub(d0, wasm_i16x8_shl(d1, 1));
}

/// The differences of two blocks of 4×4, side by side, transformed.
void forward_two(v128_t x[4]) {
  transpose4(x);
  forward(x);
  transpose4(x);
  forward(x);
}

void dct_four(int16_t* dct, uint8_t* a, int32_t a_stride, uint8_t* b, int32_t b_stride) {
  for (int half = 0; half < 2; half++, dct += 32) {
    v128_t x[4];
    for (int y = 0; y < 4; y++, a += a_stride, b += b_stride) x[y] = wasm_i16x8_sub(eight(a), eight(b));
    forward_two(x);
    wasm_v128_store(dct, lower(x[0], x[1]));
    wasm_v128_store(dct + 8, lower(x[2], x[3]));
    wasm_v128_store(dct + 16, upper(x[0], x[1]));
    wasm_v128_store(dct + 24, upper(x[2], x[3]));
  }
}

v128_t four(const uint8_t* at) { return wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(at)); }

void dct(int16_t* dct, uint8_t* a, int32_t a_stride, uint8_t* b, int32_t b_stride) {
  v128_t x[4];
  for (int y = 0; y < 4; y++, a += a_stride, b += b_stride) x[y] = wasm_i16x8_sub(four(a), four(b));
  forward_two(x);
  wasm_v128_store(dct, lower(x[0], x[1]));
  wasm_v128_store(dct + 8, lower(x[2], x[3]));
}

/// The absolute values of eight quantized levels.
v128_t levels(v128_t x, v128_t offset, v128_t factor) {
  const v128_t sum = wasm_i16x8_add(wasm_i16x8_abs(x), offset);
  const v128_t low = wasm_u32x4_extmul_low_u16x8(sum, factor), high = wasm_u32x4_extmul_high_u16x8(sum, factor);
  return wasm_i16x8_shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
}

v128_t with_sign_of(v128_t x, v128_t level) {
  const v128_t sign = wasm_i16x8_shr(x, 15);
  return wasm_i16x8_sub(wasm_v128_xor(level, sign), sign);
}

template <int COUNT>
void quantize(int16_t* dct, const int16_t* offsets, const int16_t* factors) {
  const v128_t offset = wasm_v128_load(offsets), factor = wasm_v128_load(factors);
  for (int i = 0; i < COUNT; i += 8) {
    const v128_t x = wasm_v128_load(dct + i);
    wasm_v128_store(dct + i, with_sign_of(x, levels(x, offset, factor)));
  }
}

void quantize_dc(int16_t* dct, int16_t offset, int16_t factor) {
  for (int i = 0; i < 16; i += 8) {
    const v128_t x = wasm_v128_load(dct + i);
    wasm_v128_store(dct + i, with_sign_of(x, levels(x, wasm_i16x8_splat(offset), wasm_i16x8_splat(factor))));
  }
}

/// Also the largest level of each block of 16.
void quantize_four(int16_t* dct, const int16_t* offsets, const int16_t* factors, int16_t* largest) {
  const v128_t offset = wasm_v128_load(offsets), factor = wasm_v128_load(factors);
  for (int block = 0; block < 4; block++, dct += 16) {
    const v128_t a = wasm_v128_load(dct), b = wasm_v128_load(dct + 8);
    const v128_t level_a = levels(a, offset, factor), level_b = levels(b, offset, factor);
    wasm_v128_store(dct, with_sign_of(a, level_a));
    wasm_v128_store(dct + 8, with_sign_of(b, level_b));
    v128_t most = wasm_i16x8_max(level_a, level_b);
    most = wasm_i16x8_max(most, wasm_i64x2_shuffle(most, most, 1, 0));
    most = wasm_i16x8_max(most, wasm_i32x4_shuffle(most, most, 1, 0, 3, 2));
    const int16_t even = wasm_i16x8_extract_lane(most, 0), odd = wasm_i16x8_extract_lane(most, 1);
    largest[block] = even > odd ? even : odd;
  }
}

template <int COUNT>
void dequantize(int16_t* levels, const uint16_t* factors) {
  const v128_t factor = wasm_v128_load(factors);
  for (int i = 0; i < COUNT; i += 8) wasm_v128_store(levels + i, wasm_i16x8_mul(wasm_v128_load(levels + i), factor));
}

void backward(v128_t x[4]) {
  const v128_t s = wasm_i16x8_add(x[0], x[2]), d = wasm_i16x8_sub(x[0], x[2]);
  const v128_t p = wasm_i16x8_add(x[1], wasm_i16x8_shr(x[3], 1)), q = wasm_i16x8_sub(wasm_i16x8_shr(x[1], 1), x[3]);
  x[0] = wasm_i16x8_add(s, p);
  x[1] = wasm_i16x8_add(d, q);
  x[2] = wasm_i16x8_sub(d, q);
  x[3] = wasm_i16x8_sub(s, p);
}

v128_t add_to(v128_t predicted, v128_t residual) {
  const v128_t rounded = wasm_i16x8_shr(wasm_i16x8_add(residual, wasm_i16x8_const_splat(32)), 6);
  const v128_t sum = wasm_i16x8_add(predicted, rounded);
  return wasm_u8x16_narrow_i16x8(sum, sum);
}

void backward_two(v128_t x[4]) {
  transpose4(x);
  backward(x);
  transpose4(x);
  backward(x);
}

void idct_four(uint8_t* to, int32_t stride, uint8_t* predicted, int32_t predicted_stride, int16_t* dct) {
  for (int half = 0; half < 2; half++, dct += 32) {
    const v128_t a01 = wasm_v128_load(dct), a23 = wasm_v128_load(dct + 8);
    const v128_t b01 = wasm_v128_load(dct + 16), b23 = wasm_v128_load(dct + 24);
    v128_t x[] = {lower(a01, b01), upper(a01, b01), lower(a23, b23), upper(a23, b23)};
    backward_two(x);
    for (int y = 0; y < 4; y++, to += stride, predicted += predicted_stride)
      wasm_v128_store64_lane(to, add_to(eight(predicted), x[y]), 0);
  }
}

void idct(uint8_t* to, int32_t stride, uint8_t* predicted, int32_t predicted_stride, int16_t* dct) {
  const v128_t a01 = wasm_v128_load(dct), a23 = wasm_v128_load(dct + 8);
  v128_t x[] = {a01, upper(a01, a01), a23, upper(a23, a23)};
  backward_two(x);
  for (int y = 0; y < 4; y++, to += stride, predicted += predicted_stride)
    wasm_v128_store32_lane(to, add_to(four(predicted), x[y]), 0);
}

/// Of a macroblock of which only the mean of each block of 4×4 is coded.
void idct_dc(uint8_t* to, int32_t stride, uint8_t* predicted, int32_t predicted_stride, int16_t* dc) {
  for (int y = 0; y < 16; y++, to += stride, predicted += predicted_stride) {
    const v128_t means = wasm_v128_load64_zero(dc + (y & 12));
    const v128_t left = wasm_i16x8_shuffle(means, means, 0, 0, 0, 0, 1, 1, 1, 1);
    const v128_t right = wasm_i16x8_shuffle(means, means, 2, 2, 2, 2, 3, 3, 3, 3);
    wasm_v128_store64_lane(to, add_to(eight(predicted), left), 0);
    wasm_v128_store64_lane(to + 8, add_to(eight(predicted + 8), right), 0);
  }
}

/// Zigzag, § 8.5.6.
void scan(int16_t* to, int16_t* dct) {
  const v128_t a = wasm_v128_load(dct), b = wasm_v128_load(dct + 8);
  wasm_v128_store(to, wasm_i16x8_shuffle(a, b, 0, 1, 4, 8, 5, 2, 3, 6));
  wasm_v128_store(to + 8, wasm_i16x8_shuffle(a, b, 9, 12, 13, 10, 7, 11, 14, 15));
}

void scan_ac(int16_t* to, int16_t* dct) {
  const v128_t a = wasm_v128_load(dct), b = wasm_v128_load(dct + 8);
  wasm_v128_store(to, wasm_i16x8_shuffle(a, b, 1, 4, 8, 5, 2, 3, 6, 9));
  const v128_t rest = wasm_i16x8_shuffle(a, b, 12, 13, 10, 7, 11, 14, 15, 15);
  wasm_v128_store(to + 8, wasm_i16x8_replace_lane(rest, 7, 0));
}

/// A bit for each of 16 levels that is not 0.
uint32_t nonzero(const int16_t* levels) {
  const v128_t zero = wasm_i16x8_const_splat(0);
  const v128_t a = wasm_i16x8_ne(wasm_v128_load(levels), zero), b = wasm_i16x8_ne(wasm_v128_load(levels + 8), zero);
  return wasm_i8x16_bitmask(wasm_i8x16_narrow_i16x8(a, b));
}

int32_t count_nonzero(int16_t* levels) { return __builtin_popcount(nonzero(levels)); }

/// How much a block is worth that has no level above 1: less, the more zeros come before each (JVT-O079).
int32_t worth(int16_t* levels) {
  static const uint8_t OF_RUN[16] = {3, 2, 2, 1, 1, 1};
  int32_t sum = 0;
  for (uint32_t bits = nonzero(levels); bits;) {
    const int at = 31 - __builtin_clz(bits);
    bits ^= 1u << at;
    const int before = bits ? 31 - __builtin_clz(bits) : -1;
    sum += OF_RUN[at - 1 - before];
  }
  return sum;
}

template <int WIDTH, int HEIGHT>
void copy(uint8_t* to, int32_t to_stride, uint8_t* from, int32_t from_stride) {
  for (int y = 0; y < HEIGHT; y++, to += to_stride, from += from_stride) {
    if constexpr (WIDTH == 16)
      wasm_v128_store(to, wasm_v128_load(from));
    else
      wasm_v128_store64_lane(to, wasm_v128_load64_zero(from), 0);
  }
}

}  // namespace

void kernels::use_transforms(WelsEnc::SWelsFuncPtrList& table) {
  table.pfDctT4 = dct;
  table.pfDctFourT4 = dct_four;
  table.pfQuantization4x4 = quantize<16>;
  table.pfQuantizationFour4x4 = quantize<64>;
  table.pfQuantizationDc4x4 = quantize_dc;
  table.pfQuantizationFour4x4Max = quantize_four;
  table.pfDequantization4x4 = dequantize<16>;
  table.pfDequantizationFour4x4 = dequantize<64>;
  table.pfIDctT4 = idct;
  table.pfIDctFourT4 = idct_four;
  table.pfIDctI16x16Dc = idct_dc;
  table.pfScan4x4 = scan;
  table.pfScan4x4Ac = scan_ac;
  table.pfGetNoneZeroCount = count_nonzero;
  table.pfCalculateSingleCtr4x4 = worth;
  table.pfCopy16x16Aligned = table.pfCopy16x16NotAligned = copy<16, 16>;
  table.pfCopy16x8NotAligned = copy<16, 8>;
  table.pfCopy8x16Aligned = copy<8, 16>;
  table.pfCopy8x8Aligned = copy<8, 8>;
}
