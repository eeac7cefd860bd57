// Read before everything of OpenH264's. Of what it logs only errors are kept, as the reason of a failure; the rest would be
// formatted, many times a frame, to be thrown away, and its texts would be a tenth of the module.
#pragma once
#include "codec_app_def.h"
#include "utils.h"

void keep_reason(const char* format, ...) __attribute__((format(printf, 1, 2)));

#define WelsLog(context, level, ...) ((level) == WELS_LOG_ERROR ? keep_reason(__VA_ARGS__) : (void)0)
