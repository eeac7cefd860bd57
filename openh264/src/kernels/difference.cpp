// How much two blocks differ: the sum of absolute differences (SAD), and that of their Hadamard transform (SATD).
#include "kernels.h"
#include "lanes.h"

namespace {

int32_t total(v128_t eight_sums) {
  const v128_t four = wasm_u32x4_extadd_pairwise_u16x8(eight_sums);
  const v128_t two = wasm_i32x4_add(four, wasm_i64x2_shuffle(four, four, 1, 0));
  return wasm_i32x4_extract_lane(two, 0) + wasm_i32x4_extract_lane(two, 1);
}

/// A row of 16 pixels, or two rows of 8.
template <int WIDTH>
v128_t load(const uint8_t* at, int stride) {
  if constexpr (WIDTH == 16) return wasm_v128_load(at);
  return wasm_v128_load64_lane(at + stride, wasm_v128_load64_zero(at), 1);
}

template <int WIDTH>
constexpr int ROWS = 16 / WIDTH;

template <int WIDTH, int HEIGHT>
int32_t sad(uint8_t* a, int32_t a_stride, uint8_t* b, int32_t b_stride) {
  v128_t sum = wasm_i16x8_const_splat(0);
  for (int y = 0; y < HEIGHT; y += ROWS<WIDTH>) {
    const v128_t differences = distance(load<WIDTH>(a, a_stride), load<WIDTH>(b, b_stride));
    sum = wasm_i16x8_add(sum, wasm_u16x8_extadd_pairwise_u8x16(differences));
    a += ROWS<WIDTH> * a_stride;
    b += ROWS<WIDTH> * b_stride;
  }
  return total(sum);
}

/// Against the block one pixel above, below, to the left and to the right.
template <int WIDTH, int HEIGHT>
void sad_around(uint8_t* a, int32_t a_stride, uint8_t* b, int32_t b_stride, int32_t* sads) {
  v128_t sums[4] = {};
  for (int y = 0; y < HEIGHT; y += ROWS<WIDTH>) {
    const v128_t row = load<WIDTH>(a, a_stride);
    const uint8_t* around[] = {b - b_stride, b + b_stride, b - 1, b + 1};
    for (int i = 0; i < 4; i++) {
      const v128_t differences = distance(row, load<WIDTH>(around[i], b_stride));
      sums[i] = wasm_i16x8_add(sums[i], wasm_u16x8_extadd_pairwise_u8x16(differences));
    }
    a += ROWS<WIDTH> * a_stride;
    b += ROWS<WIDTH> * b_stride;
  }
  for (int i = 0; i < 4; i++) sads[i] = total(sums[i]);
}

/// The rest of the transform of 4×4 blocks whose columns are transformed. The last step would make a + b and a − b, of which
/// the sum of the absolute values is twice the larger of |a| and |b|, and half of that sum is asked for: so no more is made
/// than that larger one. At most 2,040 a lane.
v128_t larger(v128_t p, v128_t q) {
  const v128_t left = wasm_i32x4_shuffle(p, q, 0, 4, 2, 6);
  const v128_t right = wasm_i32x4_shuffle(p, q, 1, 5, 3, 7);
  const v128_t sum = wasm_i16x8_abs(wasm_i16x8_add(left, right));
  const v128_t difference = wasm_i16x8_abs(wasm_i16x8_sub(left, right));
  const v128_t even = wasm_i16x8_max(sum, wasm_u32x4_shr(sum, 16));
  const v128_t odd = wasm_i16x8_max(difference, wasm_i32x4_shl(difference, 16));
  return wasm_v128_bitselect(even, odd, wasm_i32x4_const_splat(0xffff));
}

v128_t differences8(const uint8_t* a, const uint8_t* b) { return wasm_i16x8_sub(eight(a), eight(b)); }

/// Of 8×4 pixels, as eight sums.
v128_t satd8x4(const uint8_t* a, int32_t a_stride, const uint8_t* b, int32_t b_stride) {
  const v128_t row0 = differences8(a, b), row1 = differences8(a + a_stride, b + b_stride);
  const v128_t row2 = differences8(a + 2 * a_stride, b + 2 * b_stride);
  const v128_t row3 = differences8(a + 3 * a_stride, b + 3 * b_stride);
  const v128_t s0 = wasm_i16x8_add(row0, row2), d0 = wasm_i16x8_sub(row0, row2);
  const v128_t s1 = wasm_i16x8_add(row1, row3), d1 = wasm_i16x8_sub(row1, row3);
  return wasm_i16x8_add(larger(wasm_i16x8_add(s0, s1), wasm_i16x8_sub(s0, s1)),
                        larger(wasm_i16x8_add(d0, d1), wasm_i16x8_sub(d0, d1)));
}

template <int WIDTH, int HEIGHT>
int32_t satd(uint8_t* a, int32_t a_stride, uint8_t* b, int32_t b_stride) {
  v128_t sum = wasm_i16x8_const_splat(0);
  for (int y = 0; y < HEIGHT; y += 4) {
    for (int x = 0; x < WIDTH; x += 8) sum = wasm_i16x8_add(sum, satd8x4(a + x, a_stride, b + x, b_stride));
    a += 4 * a_stride;
    b += 4 * b_stride;
  }
  return total(sum);
}

/// Two rows of four pixels.
v128_t two_rows(const uint8_t* at, int32_t stride) {
  return wasm_u16x8_extend_low_u8x16(wasm_v128_load32_lane(at + stride, wasm_v128_load32_zero(at), 1));
}

int32_t satd4x4(uint8_t* a, int32_t a_stride, uint8_t* b, int32_t b_stride) {
  const v128_t rows01 = wasm_i16x8_sub(two_rows(a, a_stride), two_rows(b, b_stride));
  const v128_t rows23 = wasm_i16x8_sub(two_rows(a + 2 * a_stride, a_stride), two_rows(b + 2 * b_stride, b_stride));
  const v128_t sums = wasm_i16x8_add(rows01, rows23), differences = wasm_i16x8_sub(rows01, rows23);
  const v128_t first = lower(sums, differences), last = upper(sums, differences);
  return total(larger(wasm_i16x8_add(first, last), wasm_i16x8_sub(first, last)));
}

}  // namespace

void kernels::use_differences(WelsEnc::SWelsFuncPtrList& table) {
  using namespace WelsEnc;
  SSampleDealingFunc& sample = table.sSampleDealingFuncs;
  sample.pfSampleSad[BLOCK_16x16] = sad<16, 16>;
  sample.pfSampleSad[BLOCK_16x8] = sad<16, 8>;
  sample.pfSampleSad[BLOCK_8x16] = sad<8, 16>;
  sample.pfSampleSad[BLOCK_8x8] = sad<8, 8>;
  sample.pfSample4Sad[BLOCK_16x16] = sad_around<16, 16>;
  sample.pfSample4Sad[BLOCK_16x8] = sad_around<16, 8>;
  sample.pfSample4Sad[BLOCK_8x16] = sad_around<8, 16>;
  sample.pfSample4Sad[BLOCK_8x8] = sad_around<8, 8>;
  sample.pfSampleSatd[BLOCK_16x16] = satd<16, 16>;
  sample.pfSampleSatd[BLOCK_16x8] = satd<16, 8>;
  sample.pfSampleSatd[BLOCK_8x16] = satd<8, 16>;
  sample.pfSampleSatd[BLOCK_8x8] = satd<8, 8>;
  sample.pfSampleSatd[BLOCK_8x4] = satd<8, 4>;
  sample.pfSampleSatd[BLOCK_4x4] = satd4x4;
}

#ifndef SCALAR
namespace WelsVP {

/// The SAD of each block of 8×8 between two pictures, and of the whole.
void VAACalcSad_c(const uint8_t* picture, const uint8_t* before, int32_t width, int32_t height, int32_t stride, int32_t* whole, int32_t* blocks) {
  *whole = 0;
  for (int y = 0; y + 16 <= height; y += 16) {
    for (int x = 0; x + 16 <= width; x += 16) {
      for (int part = 0; part < 2; part++) {
        const int at = (y + 8 * part) * stride + x;
        v128_t sum = wasm_i16x8_const_splat(0);
        for (int row = 0; row < 8; row++) {
          const v128_t a = wasm_v128_load(picture + at + row * stride), b = wasm_v128_load(before + at + row * stride);
          sum = wasm_i16x8_add(sum, wasm_u16x8_extadd_pairwise_u8x16(distance(a, b)));
        }
        const v128_t four = wasm_u32x4_extadd_pairwise_u16x8(sum);
        const v128_t two = wasm_i32x4_add(four, wasm_i32x4_shuffle(four, four, 1, 0, 3, 2));
        *blocks++ = wasm_i32x4_extract_lane(two, 0);
        *blocks++ = wasm_i32x4_extract_lane(two, 2);
        *whole += blocks[-2] + blocks[-1];
      }
    }
  }
}

}  // namespace WelsVP
#endif
