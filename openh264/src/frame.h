#pragma once
#include <stdint.h>

/// How a picture's pixels are laid out (https://www.w3.org/TR/webcodecs/#pixel-format). RGBX and BGRX count as those with an
/// alpha, which nothing looks at.
enum class Format { I420, NV12, RGBA, BGRA };

/// The room for one picture's pixels, kept from frame to frame.
struct Frame {
  int width = 0;
  int height = 0;

  /// Room for the picture in this format; null if there is none.
  uint8_t* room(Format);
  /// The three planes of I420 of what was written there: converted if need be, to BT.709 of limited range if it was RGB.
  void planes(Format, uint8_t* data[3], int strides[3]);
  void release();

 private:
  uint8_t* bytes = nullptr;
  uint32_t capacity = 0;
};
