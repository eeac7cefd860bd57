// The deblocking filter (ITU-T H.264 § 8.7) where its strength is below 4, which is everywhere but at the edges of macroblocks
// coded without other pictures. Names are those of § 8.7.2: p before the edge, q behind it.
#include "kernels.h"
#include "lanes.h"

namespace {

struct Edge {
  v128_t p1, p0, q0, q1;

  /// Where samples differ so little that it is an edge of blocks and not of the picture.
  v128_t is_artefact(int alpha, int beta) const {
    const v128_t near = wasm_u8x16_splat(beta);
    const v128_t across = wasm_u8x16_lt(distance(p0, q0), wasm_u8x16_splat(alpha));
    return wasm_v128_and(across, wasm_v128_and(wasm_u8x16_lt(distance(p1, p0), near), wasm_u8x16_lt(distance(q1, q0), near)));
  }

  /// Moves both samples at the edge towards each other, by at most `tc`.
  void soften(v128_t tc, v128_t where) {
    v128_t changed[4];
    for (int half = 0; half < 2; half++) {
      const auto wide = [=](v128_t x) { return half ? wasm_u16x8_extend_high_u8x16(x) : wasm_u16x8_extend_low_u8x16(x); };
      const v128_t p = wide(p0), q = wide(q0), most = wide(tc);
      const v128_t step = wasm_i16x8_add(wasm_i16x8_shl(wasm_i16x8_sub(q, p), 2), wasm_i16x8_sub(wide(p1), wide(q1)));
      const v128_t delta = wasm_i16x8_shr(wasm_i16x8_add(step, wasm_i16x8_const_splat(4)), 3);
      const v128_t clipped = wasm_i16x8_max(wasm_i16x8_min(delta, most), wasm_i16x8_neg(most));
      changed[half] = wasm_i16x8_add(p, clipped);
      changed[2 + half] = wasm_i16x8_sub(q, clipped);
    }
    p0 = wasm_v128_bitselect(wasm_u8x16_narrow_i16x8(changed[0], changed[1]), p0, where);
    q0 = wasm_v128_bitselect(wasm_u8x16_narrow_i16x8(changed[2], changed[3]), q0, where);
  }
};

/// The sample next to that at the edge: the mean of its neighbours, moved by at most `tc0`. The mean is rounded down.
v128_t second(v128_t p2, v128_t p1, v128_t middle, v128_t tc0) {
  const v128_t odd = wasm_v128_and(wasm_v128_xor(p2, middle), wasm_i8x16_const_splat(1));
  const v128_t mean = wasm_i8x16_sub(wasm_u8x16_avgr(p2, middle), odd);
  return wasm_u8x16_max(wasm_u8x16_min(mean, wasm_u8x16_add_sat(p1, tc0)), wasm_u8x16_sub_sat(p1, tc0));
}

/// 16 samples along an edge of luma; gives whether anything changed.
bool filter_luma(v128_t p2, Edge& edge, v128_t q2, int alpha, int beta, const int8_t* strengths) {
  const v128_t four = wasm_v128_load32_splat(strengths);
  const v128_t tc0 = wasm_i8x16_shuffle(four, four, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  const v128_t where = wasm_v128_and(edge.is_artefact(alpha, beta), wasm_i8x16_ge(tc0, wasm_i8x16_const_splat(0)));
  if (!wasm_v128_any_true(where)) return false;
  const v128_t near = wasm_u8x16_splat(beta);
  const v128_t flat_p = wasm_v128_and(where, wasm_u8x16_lt(distance(p2, edge.p0), near));
  const v128_t flat_q = wasm_v128_and(where, wasm_u8x16_lt(distance(q2, edge.q0), near));
  const v128_t middle = wasm_u8x16_avgr(edge.p0, edge.q0);
  const v128_t p1 = wasm_v128_bitselect(second(p2, edge.p1, middle, tc0), edge.p1, flat_p);
  const v128_t q1 = wasm_v128_bitselect(second(q2, edge.q1, middle, tc0), edge.q1, flat_q);
  // Where a mask is set it counts as −1.
  edge.soften(wasm_i8x16_sub(wasm_i8x16_sub(tc0, flat_p), flat_q), where);
  edge.p1 = p1;
  edge.q1 = q1;
  return true;
}

void luma_across_rows(uint8_t* q0, int32_t stride, int32_t alpha, int32_t beta, int8_t* strengths) {
  const auto row = [=](int i) { return wasm_v128_load(q0 + i * stride); };
  Edge edge = {row(-2), row(-1), row(0), row(1)};
  if (!filter_luma(row(-3), edge, row(2), alpha, beta, strengths)) return;
  wasm_v128_store(q0 - 2 * stride, edge.p1);
  wasm_v128_store(q0 - stride, edge.p0);
  wasm_v128_store(q0, edge.q0);
  wasm_v128_store(q0 + stride, edge.q1);
}

/// Writes four columns of 16 samples as rows of four.
void store_columns(const Edge& edge, uint8_t* to, int32_t stride) {
  const v128_t p[] = {zip8_lower(edge.p1, edge.p0), zip8_upper(edge.p1, edge.p0)};
  const v128_t q[] = {zip8_lower(edge.q0, edge.q1), zip8_upper(edge.q0, edge.q1)};
  for (int half = 0; half < 2; half++) {
    const v128_t fours[] = {zip16_lower(p[half], q[half]), zip16_upper(p[half], q[half])};
    for (const v128_t four : fours) {
      wasm_v128_store32_lane(to, four, 0);
      wasm_v128_store32_lane(to + stride, four, 1);
      wasm_v128_store32_lane(to + 2 * stride, four, 2);
      wasm_v128_store32_lane(to + 3 * stride, four, 3);
      to += 4 * stride;
    }
  }
}

void luma_across_columns(uint8_t* q0, int32_t stride, int32_t alpha, int32_t beta, int8_t* strengths) {
  // Rows 0 to 7 in the lower halves, 8 to 15 in the upper ones, and then what is rows becomes columns.
  v128_t rows[8];
  for (int y = 0; y < 8; y++) {
    const uint8_t* at = q0 - 4 + y * stride;
    rows[y] = wasm_v128_load64_lane(at + 8 * stride, wasm_v128_load64_zero(at), 1);
  }
  v128_t columns[2][4];
  for (int half = 0; half < 2; half++) {
    const auto zip = [=](v128_t a, v128_t b) { return half ? zip8_upper(a, b) : zip8_lower(a, b); };
    const v128_t a = zip(rows[0], rows[4]), b = zip(rows[1], rows[5]), c = zip(rows[2], rows[6]), d = zip(rows[3], rows[7]);
    const v128_t even[] = {zip8_lower(a, c), zip8_upper(a, c)}, odd[] = {zip8_lower(b, d), zip8_upper(b, d)};
    for (int i = 0; i < 2; i++) {
      columns[half][2 * i] = zip8_lower(even[i], odd[i]);
      columns[half][2 * i + 1] = zip8_upper(even[i], odd[i]);
    }
  }
  // Each has two columns of eight.
  const v128_t p2 = upper(columns[0][0], columns[1][0]), q2 = lower(columns[0][3], columns[1][3]);
  Edge edge = {lower(columns[0][1], columns[1][1]), upper(columns[0][1], columns[1][1]),
               lower(columns[0][2], columns[1][2]), upper(columns[0][2], columns[1][2])};
  if (filter_luma(p2, edge, q2, alpha, beta, strengths)) store_columns(edge, q0 - 2, stride);
}

/// Eight samples of each plane of chroma along an edge; gives whether anything changed.
bool filter_chroma(Edge& edge, int alpha, int beta, const int8_t* strengths) {
  const v128_t four = wasm_v128_load32_splat(strengths);
  const v128_t tc = wasm_i8x16_shuffle(four, four, 0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 1, 1, 2, 2, 3, 3);
  const v128_t where = wasm_v128_and(edge.is_artefact(alpha, beta), wasm_i8x16_gt(tc, wasm_i8x16_const_splat(0)));
  if (!wasm_v128_any_true(where)) return false;
  edge.soften(tc, where);
  return true;
}

void chroma_across_rows(uint8_t* u, uint8_t* v, int32_t stride, int32_t alpha, int32_t beta, int8_t* strengths) {
  const auto row = [=](int i) { return wasm_v128_load64_lane(v + i * stride, wasm_v128_load64_zero(u + i * stride), 1); };
  Edge edge = {row(-2), row(-1), row(0), row(1)};
  if (!filter_chroma(edge, alpha, beta, strengths)) return;
  wasm_v128_store64_lane(u - stride, edge.p0, 0);
  wasm_v128_store64_lane(v - stride, edge.p0, 1);
  wasm_v128_store64_lane(u, edge.q0, 0);
  wasm_v128_store64_lane(v, edge.q0, 1);
}

void chroma_across_columns(uint8_t* u, uint8_t* v, int32_t stride, int32_t alpha, int32_t beta, int8_t* strengths) {
  // Four rows of p1, p0, q0 and q1 in each; the columns of those four lie together after the shuffle.
  v128_t fours[4];
  for (int i = 0; i < 4; i++) {
    const uint8_t* at = (i < 2 ? u : v) - 2 + 4 * (i & 1) * stride;
    v128_t rows = wasm_v128_load32_zero(at);
    rows = wasm_v128_load32_lane(at + stride, rows, 1);
    rows = wasm_v128_load32_lane(at + 2 * stride, rows, 2);
    rows = wasm_v128_load32_lane(at + 3 * stride, rows, 3);
    fours[i] = wasm_i8x16_shuffle(rows, rows, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  }
  const v128_t p_u = zip32_lower(fours[0], fours[1]), q_u = zip32_upper(fours[0], fours[1]);
  const v128_t p_v = zip32_lower(fours[2], fours[3]), q_v = zip32_upper(fours[2], fours[3]);
  Edge edge = {lower(p_u, p_v), upper(p_u, p_v), lower(q_u, q_v), upper(q_u, q_v)};
  if (!filter_chroma(edge, alpha, beta, strengths)) return;
  const v128_t of_u = zip8_lower(edge.p0, edge.q0), of_v = zip8_upper(edge.p0, edge.q0);
  const auto store = [=](uint8_t* to, v128_t pairs) {
    wasm_v128_store16_lane(to, pairs, 0);
    wasm_v128_store16_lane(to + stride, pairs, 1);
    wasm_v128_store16_lane(to + 2 * stride, pairs, 2);
    wasm_v128_store16_lane(to + 3 * stride, pairs, 3);
    wasm_v128_store16_lane(to + 4 * stride, pairs, 4);
    wasm_v128_store16_lane(to + 5 * stride, pairs, 5);
    wasm_v128_store16_lane(to + 6 * stride, pairs, 6);
    wasm_v128_store16_lane(to + 7 * stride, pairs, 7);
  };
  store(u - 1, of_u);
  store(v - 1, of_v);
}

}  // namespace

void kernels::use_deblocking(WelsEnc::SWelsFuncPtrList& table) {
  WelsEnc::DeblockingFunc& deblocking = table.pfDeblocking;
  deblocking.pfLumaDeblockingLT4Ver = luma_across_rows;
  deblocking.pfLumaDeblockingLT4Hor = luma_across_columns;
  deblocking.pfChromaDeblockingLT4Ver = chroma_across_rows;
  deblocking.pfChromaDeblockingLT4Hor = chroma_across_columns;
}
