// What the module exports: one encoder of AAC-LC (ISO/IEC 14496-3, audio object type 2), mono or stereo, without any of libxaac's other
// codecs. It calls the core below libxaac's own interface, which refers to all of them.
#include <math.h>
#include <stdint.h>
#include <string.h>

// libxaac's headers need those before them.
// clang-format off
#include "ixheaac_type_def.h"
#include "ixheaac_constants.h"
#include "ixheaace_aac_constants.h"
#include "ixheaac_error_standards.h"
#include "ixheaace_api.h"
#include "ixheaace_psy_const.h"
#include "ixheaace_tns.h"
#include "ixheaace_tns_params.h"
#include "ixheaace_rom.h"
#include "ixheaace_common_rom.h"
#include "ixheaace_fft.h"
#include "ixheaace_bitbuffer.h"
#include "ixheaace_adjust_threshold_data.h"
#include "ixheaace_dynamic_bits.h"
#include "ixheaace_qc_data.h"
#include "ixheaace_channel_map.h"
#include "ixheaace_block_switch.h"
#include "ixheaace_psy_data.h"
#include "ixheaace_interface.h"
#include "ixheaace_write_bitstream.h"
#include "ixheaace_psy_configuration.h"
#include "ixheaace_psy_mod.h"
#include "ixheaace_stereo_preproc.h"
#include "ixheaace_enc_main.h"
#include "ixheaace_qc_util.h"
#include "ixheaace_adjust_threshold.h"
// clang-format on

#define EXPORT(name) __attribute__((export_name(#name))) name

enum {
  FRAME = 1024,
  MOST_CHANNELS = 2,
  // The most bytes of a frame and channel: ISO/IEC 14496-3 § 4.5.3.1 has 6144 bits.
  MOST_BYTES = 768,
  // Bits per second and channel, as libxaac's own interface limits them.
  LEAST_BITRATE = 8000,
  MOST_BITRATE = 360000,
  // From this many bits per second and channel on there is enough for this bandwidth in Hz. libxaac would take 14 to 15.5 kHz, and 20
  // from 96 kbit/s on.
  WIDE_BITRATE = 48000,
  WIDEST_BITRATE = 96000,
  WIDE_BANDWIDTH = 17000,
  // By which a decoder's first sample is ahead of the first sample that was put in: a frame of overlap, and what the search for
  // attacks looks ahead.
  PRIMING = FRAME + 576,
};

/// The answers below 0; js/aac/module.ts has the same.
enum { NOT_CREATED = -1, BAD_RATE = -2, BAD_CHANNELS = -3, BAD_BITRATE = -4, FAILED = -5 };

/// The sampling frequencies by their index: ISO/IEC 14496-3, table 1.18.
static const int32_t RATES[] = {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000};

/// libxaac's encoder, and the memory that it has for itself and shares among its parts; as large as its own interface makes it.
static struct {
  _Alignas(8) uint8_t persistent[80 * 1024];
  _Alignas(8) int32_t shared1[1024];
  _Alignas(8) int32_t shared2[4096];
  _Alignas(8) int32_t shared3[4096];
  _Alignas(8) int8_t shared4[64 * 1024];
  iaace_scratch scratch;
  ixheaace_aac_tables tables;
  ixheaace_bit_buf bits;
  iexheaac_encoder_str *core;
} encoder;
_Static_assert(sizeof(ixheaace_qc_stack) + sizeof(ia_qc_pe_data_struct) <= sizeof encoder.shared4, "");
_Static_assert(sizeof(ixheaace_scratch_mem) <= sizeof encoder.shared4, "");

static int32_t channel_count;
static float planes[MOST_CHANNELS][FRAME];
static float interleaved[MOST_CHANNELS * FRAME];
static uint8_t bytes[MOST_CHANNELS * MOST_BYTES];
static uint8_t config[2];

static int32_t is_bitrate(int32_t bitrate, int32_t sample_rate, int32_t channels) {
  if (bitrate < LEAST_BITRATE * channels || bitrate > MOST_BITRATE * channels) return 0;
  return bitrate == ia_enhaacplus_aac_limitbitrate(sample_rate, FRAME, channels, bitrate);
}

static int32_t index_of(int32_t sample_rate) {
  for (int32_t i = 0; i < (int32_t)(sizeof RATES / sizeof *RATES); i++)
    if (RATES[i] == sample_rate) return i;
  return BAD_RATE;
}

/// Sets the encoder up; what came before is forgotten. Gives 0, or what is wrong.
int32_t EXPORT(create)(int32_t sample_rate, int32_t channels, int32_t bitrate) {
  channel_count = 0;
  memset(planes, 0, sizeof planes);
  int32_t index = index_of(sample_rate);
  if (index < 0) return BAD_RATE;
  if (channels < 1 || channels > MOST_CHANNELS) return BAD_CHANNELS;
  if (!is_bitrate(bitrate, sample_rate, channels)) return BAD_BITRATE;
  if (ia_enhaacplus_enc_aac_enc_pers_size(channels, AOT_AAC_LC) > (int32_t)sizeof encoder.persistent) return FAILED;

  memset(&encoder, 0, sizeof encoder);
  encoder.core = (iexheaac_encoder_str *)encoder.persistent;
  int32_t *shared[] = {encoder.shared1, encoder.shared2, encoder.shared3};
  int8_t *shared4 = encoder.shared4;
  ia_enhaacplus_enc_set_shared_bufs(&encoder.scratch, &shared[0], &shared[1], &shared[2], &shared4);
  ia_enhaacplus_enc_init_aac_tabs(&encoder.tables);
  iaace_config settings;
  ia_enhaacplus_enc_aac_init_default_config(&settings, AOT_AAC_LC);
  settings.sample_rate = settings.core_sample_rate = settings.native_sample_rate = sample_rate;
  settings.num_in_channels = settings.num_out_channels = channels;
  settings.bit_rate = bitrate;
  settings.use_tns = 1;
  int32_t channel_bitrate = bitrate / channels;
  if (channel_bitrate >= WIDE_BITRATE && channel_bitrate < WIDEST_BITRATE) settings.band_width = WIDE_BANDWIDTH;
  settings.bitreservoir_size = MOST_BYTES;
  if (ia_enhaacplus_enc_aac_enc_open(&encoder.core, settings, &encoder.scratch, &encoder.tables, channels == 1 ? ID_SCE : ID_CPE, 0, AOT_AAC_LC))
    return FAILED;
  channel_count = channels;
  // An AudioSpecificConfig: 5 bits of object type, 4 of the frequency's index, 4 of channels, and none of three flags.
  config[0] = (uint8_t)(AOT_AAC_LC << 3 | index >> 1);
  config[1] = (uint8_t)((index & 1) << 7 | channels << 3);
  return 0;
}

/// Where the next 1024 samples of a channel go, from -1 to 1; nothing if there is no such channel.
float *EXPORT(input)(int32_t channel) { return channel >= 0 && channel < channel_count ? planes[channel] : 0; }

/// What is beyond full scale is clipped, and what is no number is silence.
static float sample_of(float value) { return isnan(value) ? 0 : fminf(fmaxf(value, -1), 1) * 32767; }

/// Encodes the samples there. Gives the bytes of the access unit, or what is wrong.
int32_t EXPORT(encode)(void) {
  if (!channel_count) return NOT_CREATED;
  for (int32_t channel = 0; channel < channel_count; channel++)
    for (int32_t i = 0; i < FRAME; i++) interleaved[i * channel_count + channel] = sample_of(planes[channel][i]);
  UWORD8 ancillary[1] = {0};
  WORD32 length = 0, fill_bits = 0, writes_program_config = 0, is_empty = 0, is_limited = 0;
  IA_ERRORCODE error = ia_enhaacplus_enc_aac_core_encode(
      &encoder.core, interleaved, channel_count, ancillary, ancillary, bytes, &length, &encoder.tables, &encoder.bits, &encoder.bits, 1,
      &writes_program_config, 0, 0, 0, &fill_bits, channel_count, AOT_AAC_LC, 0, 1, &is_empty, &is_limited);
  return error ? FAILED : length;
}

/// Where the access unit is, until the next is encoded.
const uint8_t *EXPORT(output)(void) { return bytes; }

/// The AudioSpecificConfig, of two bytes: ISO/IEC 14496-3 § 1.6.2.1.
const uint8_t *EXPORT(description)(void) { return config; }

/// How many samples a decoder gives before the first that was put in.
int32_t EXPORT(priming)(void) { return PRIMING; }
