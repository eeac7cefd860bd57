// What the module exports: one encoder. Whoever needs two makes two instances, so that neither can spoil the other's memory.
#include "codec_api.h"
#include "frame.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

extern char reason_kept[];

namespace {

ISVCEncoder* encoder = nullptr;
Frame frame;
long long last_ms = 0;

/// How many frames there really are a second: the rate control shares out the bitrate by the rate that it was told.
class Pace {
  double told = 0;
  int frames = 0;
  long long since_ms = 0;
  long long before_ms = 0;

 public:
  void start(double fps) {
    told = fps;
    frames = 0;
  }

  /// Counts a frame; gives the rate once it is another by more than a tenth over about a second, else 0.
  float count(long long ms) {
    // A pause is no rate.
    if (ms - before_ms > 1000) frames = 0;
    before_ms = ms;
    if (frames++ == 0) since_ms = ms;
    const long long passed = ms - since_ms;
    if (passed < 1000) return 0;
    const double fps = (frames - 1) * 1000.0 / passed;
    frames = 1;
    since_ms = ms;
    if (fps > 0.9 * told && fps < 1.1 * told) return 0;
    return told = fps < 1 ? 1 : fps > 60 ? 60 : fps;
  }
};
Pace pace;

/// The avcC record (ISO/IEC 14496-15 § 5.3.3.1): its head, one SPS and one PPS.
uint8_t description[512];
uint32_t description_bytes = 0;
uint8_t* output = nullptr;
uint32_t output_bytes = 0;

constexpr int START_CODE = 4;
constexpr int LEAST_SIDE = 16;
/// Half a second's worth of it, in hundredths, is what OpenH264 counts with in 32 bits.
constexpr int MOST_BITRATE = 40000000;
/// Nobody sees what a lower one is for, and with it noise would take more bits than there is room for (prelude.h).
constexpr int LEAST_QP = 18;
/// OpenH264's own choice: rather than coarser it leaves frames out.
constexpr int MOST_QP = 42;
enum NalType { SPS = 7, PPS = 8 };
enum Outcome { LEFT_OUT = 0, DELTA = 1, KEY = 2, FAILED = -1 };

int fail(const char* otherwise) {
  if (!*reason_kept) strcpy(reason_kept, otherwise);
  return FAILED;
}

void append(const uint8_t* nal, int bytes) {
  if (description_bytes + 3 + bytes > sizeof description) return;
  uint8_t* at = description + description_bytes;
  // The number of such sets, and the length of this one.
  *at++ = description_bytes == 5 ? 0xe1 : 1;
  *at++ = bytes >> 8;
  *at++ = bytes;
  memcpy(at, nal, bytes);
  description_bytes += 3 + bytes;
}

/// Takes what was encoded out of OpenH264's buffer without copying it: where a start code is, the length comes, which is as
/// long (Annex B of ITU-T H.264; ISO/IEC 14496-15 § 5.3.2).
void take(const SFrameBSInfo& info) {
  for (int i = 0; i < info.iLayerNum; i++) {
    const SLayerBSInfo& layer = info.sLayerInfo[i];
    uint8_t* nal = layer.pBsBuf;
    for (int n = 0; n < layer.iNalCount; nal += layer.pNalLengthInByte[n++]) {
      const uint32_t bytes = layer.pNalLengthInByte[n] - START_CODE;
      const uint8_t* unit = nal + START_CODE;
      const int type = unit[0] & 31;
      if (type == SPS) {
        const uint8_t head[] = {1, unit[1], unit[2], unit[3], 0xff};
        memcpy(description, head, description_bytes = sizeof head);
      }
      if (type == SPS || type == PPS) {
        append(unit, bytes);
        continue;
      }
      if (!output) output = nal;
      if (output + output_bytes != nal) memmove(output + output_bytes, nal, bytes + START_CODE);
      uint8_t* length = output + output_bytes;
      length[0] = bytes >> 24;
      length[1] = bytes >> 16;
      length[2] = bytes >> 8;
      length[3] = bytes;
      output_bytes += bytes + START_CODE;
    }
  }
}

}  // namespace

EXPORT(destroy) void destroy() {
  if (encoder) WelsDestroySVCEncoder(encoder);
  encoder = nullptr;
  frame.release();
}

/// Sets up an encoder for pictures of this size, in place of the one before. The colours are code points of ITU-T H.273.
EXPORT(configure) int configure(int width, int height, double fps, int bitrate, int primaries, int transfer, int matrix, int full_range, int may_leave_out) {
  destroy();
  *reason_kept = 0;
  if (width < LEAST_SIDE || height < LEAST_SIDE || width % 2 || height % 2)
    return fail("the width and height must be even and at least 16 pixels");
  if (!(fps > 0) || bitrate <= 0) return fail("the frame rate and the bitrate must be above 0");
  if (WelsCreateSVCEncoder(&encoder)) return fail("out of memory");
  SEncParamExt options;
  encoder->GetDefaultParams(&options);
  options.iUsageType = CAMERA_VIDEO_REAL_TIME;
  options.iComplexityMode = LOW_COMPLEXITY;
  options.iPicWidth = width;
  options.iPicHeight = height;
  options.fMaxFrameRate = fps;
  options.iTargetBitrate = bitrate < MOST_BITRATE ? bitrate : MOST_BITRATE;
  // By what the frames' timestamps say of the time that they have, rather than by the nominal rate. It holds the bitrate only
  // if it may leave frames out.
  options.iRCMode = RC_TIMESTAMP_MODE;
  options.bEnableFrameSkip = may_leave_out;
  options.iMinQp = LEAST_QP;
  options.iMaxQp = MOST_QP;
  // Whoever encodes asks for key frames.
  options.uiIntraPeriod = 0;
  options.bEnableSceneChangeDetect = false;
  options.bEnableDenoise = false;
  options.bEnableBackgroundDetection = false;
  options.bEnableAdaptiveQuant = false;
  options.iMultipleThreadIdc = 1;
  options.eSpsPpsIdStrategy = CONSTANT_ID;
  SSpatialLayerConfig& layer = options.sSpatialLayers[0];
  layer.iVideoWidth = width;
  layer.iVideoHeight = height;
  layer.fFrameRate = fps;
  layer.iSpatialBitrate = options.iTargetBitrate;
  layer.uiProfileIdc = PRO_BASELINE;
  layer.sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
  layer.bVideoSignalTypePresent = true;
  layer.uiVideoFormat = VF_UNDEF;
  layer.bFullRange = full_range;
  layer.bColorDescriptionPresent = primaries != CP_UNDEF || transfer != TRC_UNDEF || matrix != CM_UNDEF;
  layer.uiColorPrimaries = primaries;
  layer.uiTransferCharacteristics = transfer;
  layer.uiColorMatrix = matrix;
  if (encoder->InitializeExt(&options)) {
    destroy();
    return fail("the parameters were refused");
  }
  description_bytes = 0;
  pace.start(fps);
  frame.width = width;
  frame.height = height;
  last_ms = 0;
  return 0;
}

/// Where the planes of the next frame are to be written, close together; null if there is no room. Memory may grow here, but
/// not until the next call, so that the planes may be written there meanwhile.
EXPORT(input) uint8_t* input(int format, int width, int height) {
  return frame.room(static_cast<Format>(format), width, height);
}

/// Encodes what was written there.
EXPORT(encode) int encode(double timestamp_us, int key) {
  *reason_kept = 0;
  output = nullptr;
  output_bytes = 0;
  if (!encoder) return fail("it was not configured");
  if (!frame.is_there()) return fail("there is no picture");
  SSourcePicture picture = {};
  picture.iColorFormat = videoFormatI420;
  picture.iPicWidth = frame.width;
  picture.iPicHeight = frame.height;
  frame.planes(picture.pData, picture.iStride);
  // To its rate control 0 is no time, and neither is one that does not rise.
  const long long ms = llround(timestamp_us / 1000);
  picture.uiTimeStamp = last_ms = ms > last_ms ? ms : last_ms + 1;
  if (float fps = pace.count(last_ms)) encoder->SetOption(ENCODER_OPTION_FRAME_RATE, &fps);
  if (key) encoder->ForceIntraFrame(true);
  SFrameBSInfo info = {};
  if (encoder->EncodeFrame(&picture, &info)) {
    // It has taken itself apart.
    destroy();
    return fail("the picture could not be encoded");
  }
  take(info);
  if (!output_bytes) return LEFT_OUT;
  return info.eFrameType == videoFrameTypeIDR ? KEY : DELTA;
}

EXPORT(output) uint8_t* output_() { return output; }
EXPORT(output_length) uint32_t output_length() { return output_bytes; }
EXPORT(description) uint8_t* description_() { return description; }
EXPORT(description_length) uint32_t description_length() { return description_bytes; }

/// Why the last call failed: UTF-8 that ends in a zero.
EXPORT(reason) const char* reason() { return reason_kept; }
