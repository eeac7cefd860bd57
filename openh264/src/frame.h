#pragma once
#include <stdint.h>

/// How a picture's pixels are laid out (https://www.w3.org/TR/webcodecs/#pixel-format). RGBX and BGRX count as those with an
/// alpha, which nothing looks at.
enum class Format { I420, NV12, RGBA, BGRA };

/// The room for one picture's pixels, kept from frame to frame.
struct Frame {
  /// What is encoded.
  int width = 0;
  int height = 0;

  /// Room for a picture in this format and of this size; null if there is none.
  uint8_t* room(Format, int width, int height);
  /// The three planes of I420 of what was written there: converted if need be, to BT.709 of limited range if it was RGB, and
  /// scaled if it is of another size.
  void planes(uint8_t* data[3], int strides[3]);
  bool is_there() const { return bytes; }
  void release();

 private:
  void convert(uint8_t* data[3]) const;

  Format format = Format::I420;
  int from_width = 0;
  int from_height = 0;
  uint8_t* bytes = nullptr;
  uint32_t capacity = 0;
};
