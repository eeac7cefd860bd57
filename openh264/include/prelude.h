// Read before everything of OpenH264's.
#pragma once
#include "codec_app_def.h"
#include "utils.h"
#include "wels_const.h"

// Of what it logs only errors are kept, as the reason of a failure; the rest would be formatted, many times a frame, to be
// thrown away, and its texts would be a tenth of the module.
void keep_reason(const char* format, ...) __attribute__((format(printf, 1, 2)));

#define WelsLog(context, level, ...) ((level) == WELS_LOG_ERROR ? keep_reason(__VA_ARGS__) : (void)0)

// How large a picture may become encoded, of its size before: noise becomes larger, finds no room, and ends the encoder.
#undef COMPRESS_RATIO_THR
#define COMPRESS_RATIO_THR (2.0f)
