// Pixels in lanes, in the words of these kernels.
#pragma once
#include <stdint.h>
#include <wasm_simd128.h>

/// Eight pixels, 16 bits each.
inline v128_t eight(const uint8_t* at) { return wasm_u16x8_load8x8(at); }

/// The halves of two vectors: the lower ones, or the upper ones, of both.
inline v128_t lower(v128_t a, v128_t b) { return wasm_i64x2_shuffle(a, b, 0, 2); }
inline v128_t upper(v128_t a, v128_t b) { return wasm_i64x2_shuffle(a, b, 1, 3); }

/// Lanes of two vectors in turn: those of the lower halves, or of the upper ones.
inline v128_t zip8_lower(v128_t a, v128_t b) {
  return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
inline v128_t zip8_upper(v128_t a, v128_t b) {
  return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
inline v128_t zip16_lower(v128_t a, v128_t b) { return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
inline v128_t zip16_upper(v128_t a, v128_t b) { return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
inline v128_t zip32_lower(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
inline v128_t zip32_upper(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }

/// Differences of pixels without a sign.
inline v128_t distance(v128_t a, v128_t b) { return wasm_v128_or(wasm_u8x16_sub_sat(a, b), wasm_u8x16_sub_sat(b, a)); }

/// Rows of four in both halves of four vectors become columns.
inline void transpose4(v128_t row[4]) {
  const v128_t a = wasm_i16x8_shuffle(row[0], row[1], 0, 8, 1, 9, 4, 12, 5, 13);
  const v128_t b = wasm_i16x8_shuffle(row[0], row[1], 2, 10, 3, 11, 6, 14, 7, 15);
  const v128_t c = wasm_i16x8_shuffle(row[2], row[3], 0, 8, 1, 9, 4, 12, 5, 13);
  const v128_t d = wasm_i16x8_shuffle(row[2], row[3], 2, 10, 3, 11, 6, 14, 7, 15);
  row[0] = wasm_i32x4_shuffle(a, c, 0, 4, 2, 6);
  row[1] = wasm_i32x4_shuffle(a, c, 1, 5, 3, 7);
  row[2] = wasm_i32x4_shuffle(b, d, 0, 4, 2, 6);
  row[3] = wasm_i32x4_shuffle(b, d, 1, 5, 3, 7);
}
