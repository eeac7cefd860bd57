// The hot kernels in 128-bit SIMD. Each computes exactly what OpenH264's own C++ computes.
#include "kernels.h"
#include "encoder.h"

namespace WelsEnc {

// Theirs, by the name that the build gives it.
int32_t InitScalarFunctions(sWelsEncCtx*, SWelsSvcCodingParam*, uint32_t);

int32_t InitFunctionPointers(sWelsEncCtx* context, SWelsSvcCodingParam* options, uint32_t cpu) {
  const int32_t failure = InitScalarFunctions(context, options, cpu);
  if (failure) return failure;
#ifndef SCALAR
  SWelsFuncPtrList& table = *context->pFuncList;
  kernels::use_differences(table);
  kernels::use_transforms(table);
  kernels::use_motion(table);
  kernels::use_deblocking(table);
#endif
  return 0;
}

}  // namespace WelsEnc
