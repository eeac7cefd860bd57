#include "frame.h"
#include <stdlib.h>
#include <wasm_simd128.h>

namespace {

/// Of a picture that comes in.
constexpr int LARGEST_SIDE = 8192;

/// Two planes of chroma out of one where they take turns.
void part(const uint8_t* both, uint8_t* u, uint8_t* v, int count) {
  int i = 0;
  for (; i + 16 <= count; i += 16) {
    const v128_t a = wasm_v128_load(both + 2 * i), b = wasm_v128_load(both + 2 * i + 16);
    wasm_v128_store(u + i, wasm_i8x16_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
    wasm_v128_store(v + i, wasm_i8x16_shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
  }
  for (; i < count; i++) {
    u[i] = both[2 * i];
    v[i] = both[2 * i + 1];
  }
}

/// ITU-R BT.709-6 § 3.4 and 3.5 with 8 bits, in 256ths: of red, green and blue.
constexpr int LUMA[] = {47, 157, 16};
constexpr int U[] = {-26, -86, 112};
constexpr int V[] = {112, -102, -10};

int weigh(const int weights[3], int red, int green, int blue) {
  return weights[0] * red + weights[1] * green + weights[2] * blue;
}

/// The red, green and blue of eight pixels, as 16 bits each.
struct Eight {
  v128_t red, green, blue;

  Eight(const uint8_t* pixels, bool blue_first) {
    const v128_t a = wasm_v128_load(pixels), b = wasm_v128_load(pixels + 16);
    const v128_t low = wasm_i16x8_const_splat(255);
    const v128_t even = wasm_i16x8_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
    const v128_t odd = wasm_i16x8_shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
    const v128_t first = wasm_v128_and(even, low), last = wasm_v128_and(odd, low);
    green = wasm_u16x8_shr(even, 8);
    red = blue_first ? last : first;
    blue = blue_first ? first : last;
  }

  v128_t weighed(const int weights[3]) const {
    const v128_t r = wasm_i16x8_mul(red, wasm_i16x8_splat(weights[0]));
    const v128_t g = wasm_i16x8_mul(green, wasm_i16x8_splat(weights[1]));
    const v128_t b = wasm_i16x8_mul(blue, wasm_i16x8_splat(weights[2]));
    return wasm_i16x8_add(wasm_i16x8_add(r, g), b);
  }

  /// Sums of 16 bits without a sign: at most 220 × 255 + 128.
  v128_t luma() const {
    const v128_t sum = wasm_i16x8_add(weighed(LUMA), wasm_i16x8_const_splat(128));
    return wasm_i16x8_add(wasm_u16x8_shr(sum, 8), wasm_i16x8_const_splat(16));
  }
};

/// The means of the 2×2 pixels of two rows of eight, in the lower four lanes.
v128_t quarter(v128_t above, v128_t below) {
  const v128_t sums = wasm_i16x8_add(above, below);
  const v128_t pairs = wasm_i32x4_extadd_pairwise_i16x8(sums);
  const v128_t means = wasm_u32x4_shr(wasm_i32x4_add(pairs, wasm_i32x4_const_splat(2)), 2);
  return wasm_i16x8_narrow_i32x4(means, means);
}

/// Eight pixels of two rows.
void convert_eight(const uint8_t* above, const uint8_t* below, bool blue_first, uint8_t* luma_above, uint8_t* luma_below, uint8_t* u, uint8_t* v) {
  const Eight a(above, blue_first), b(below, blue_first);
  const v128_t lumas = wasm_u8x16_narrow_i16x8(a.luma(), b.luma());
  wasm_v128_store64_lane(luma_above, lumas, 0);
  wasm_v128_store64_lane(luma_below, lumas, 1);
  Eight mean = a;
  mean.red = quarter(a.red, b.red);
  mean.green = quarter(a.green, b.green);
  mean.blue = quarter(a.blue, b.blue);
  const v128_t half = wasm_i16x8_const_splat(128);
  const v128_t us = wasm_i16x8_add(wasm_i16x8_shr(wasm_i16x8_add(mean.weighed(U), half), 8), half);
  const v128_t vs = wasm_i16x8_add(wasm_i16x8_shr(wasm_i16x8_add(mean.weighed(V), half), 8), half);
  const v128_t both = wasm_u8x16_narrow_i16x8(us, vs);
  wasm_v128_store32_lane(u, both, 0);
  wasm_v128_store32_lane(v, both, 2);
}

/// A square of 2×2 pixels.
void convert_square(const uint8_t* above, const uint8_t* below, bool blue_first, uint8_t* luma_above, uint8_t* luma_below, uint8_t* u, uint8_t* v) {
  int sums[3] = {2, 2, 2};
  for (int i = 0; i < 4; i++) {
    const uint8_t* pixel = (i < 2 ? above : below) + 4 * (i & 1);
    const int rgb[] = {pixel[blue_first ? 2 : 0], pixel[1], pixel[blue_first ? 0 : 2]};
    (i < 2 ? luma_above : luma_below)[i & 1] = ((weigh(LUMA, rgb[0], rgb[1], rgb[2]) + 128) >> 8) + 16;
    for (int c = 0; c < 3; c++) sums[c] += rgb[c];
  }
  *u = ((weigh(U, sums[0] >> 2, sums[1] >> 2, sums[2] >> 2) + 128) >> 8) + 128;
  *v = ((weigh(V, sums[0] >> 2, sums[1] >> 2, sums[2] >> 2) + 128) >> 8) + 128;
}

/// Between two rows, in 256ths of the way.
void blend(const uint8_t* above, const uint8_t* below, int way, uint8_t* to, int count) {
  for (int i = 0; i < count; i++) to[i] = (above[i] * (256 - way) + below[i] * way + 128) >> 8;
}

/// Where a sample comes from, of a row or column of so many that becomes one of so many: in 256ths, and within it.
int origin(int i, int from, int to) {
  const int64_t at = (int64_t(2 * i + 1) * from * 128) / to - 128;
  const int last = (from - 1) * 256;
  return at < 0 ? 0 : at > last ? last : at;
}

/// Bilinear.
void scale(const uint8_t* from, int from_width, int from_height, uint8_t* to, int width, int height, uint8_t* row) {
  for (int y = 0; y < height; y++, to += width) {
    const int at = origin(y, from_height, height);
    const uint8_t* above = from + (at >> 8) * from_width;
    blend(above, at & 255 ? above + from_width : above, at & 255, row, from_width);
    // Where the last is the origin, what is beside it has no weight.
    for (int x = 0; x < width; x++) {
      const int across = origin(x, from_width, width), way = across & 255;
      const uint8_t* pair = row + (across >> 8);
      to[x] = (pair[0] * (256 - way) + pair[1] * way + 128) >> 8;
    }
  }
}

uint32_t planar(uint32_t pixels) { return pixels / 2 * 3; }

}  // namespace

uint8_t* Frame::room(Format as, int as_width, int as_height) {
  if (as_width < 2 || as_height < 2 || as_width > LARGEST_SIDE || as_height > LARGEST_SIDE) return nullptr;
  if (as_width % 2 || as_height % 2) return nullptr;
  format = as;
  from_width = as_width;
  from_height = as_height;
  const uint32_t pixels = from_width * from_height;
  const bool is_rgb = format == Format::RGBA || format == Format::BGRA;
  uint32_t most = is_rgb ? 4 * pixels + planar(pixels) : planar(pixels) + (format == Format::NV12 ? pixels / 2 : 0);
  // What is scaled, and a row of it and a sample more.
  if (from_width != width || from_height != height) most += planar(width * height) + from_width + 1;
  if (most > capacity) {
    release();
    bytes = static_cast<uint8_t*>(malloc(most));
    if (bytes) capacity = most;
  }
  return bytes;
}

void Frame::planes(uint8_t* data[3], int strides[3]) {
  const uint32_t pixels = from_width * from_height;
  // Converted, they come behind what they are made of; luma of NV12 stays where it is.
  data[0] = format == Format::RGBA || format == Format::BGRA ? bytes + 4 * pixels : bytes;
  data[1] = format == Format::NV12 ? bytes + planar(pixels) : data[0] + pixels;
  data[2] = data[1] + pixels / 4;
  if (format == Format::NV12) part(bytes + pixels, data[1], data[2], pixels / 4);
  if (data[0] != bytes) convert(data);
  strides[0] = width;
  strides[1] = strides[2] = width / 2;
  if (from_width == width && from_height == height) return;
  uint8_t* to = data[2] + pixels / 4;
  uint8_t* row = to + planar(width * height);
  for (int i = 0; i < 3; i++) {
    const int half = i > 0;
    scale(data[i], from_width >> half, from_height >> half, to, width >> half, height >> half, row);
    data[i] = to;
    to += (width >> half) * (height >> half);
  }
}

void Frame::convert(uint8_t* data[3]) const {
  const bool blue_first = format == Format::BGRA;
  const int half = from_width / 2;
  for (int y = 0; y < from_height; y += 2) {
    const uint8_t *above = bytes + 4 * y * from_width, *below = above + 4 * from_width;
    uint8_t *luma = data[0] + y * from_width, *u = data[1] + y / 2 * half, *v = data[2] + y / 2 * half;
    int x = 0;
    for (; x + 8 <= from_width; x += 8)
      convert_eight(above + 4 * x, below + 4 * x, blue_first, luma + x, luma + from_width + x, u + x / 2, v + x / 2);
    for (; x < from_width; x += 2)
      convert_square(above + 4 * x, below + 4 * x, blue_first, luma + x, luma + from_width + x, u + x / 2, v + x / 2);
  }
}

void Frame::release() {
  free(bytes);
  bytes = nullptr;
  capacity = 0;
}
