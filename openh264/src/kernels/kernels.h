// What stands in for OpenH264's C++ of the same task. The types are those of its tables of functions, so that a change of
// theirs fails to compile.
#pragma once
#include "wels_func_ptr_def.h"

namespace kernels {

void use_differences(WelsEnc::SWelsFuncPtrList&);
void use_transforms(WelsEnc::SWelsFuncPtrList&);
void use_motion(WelsEnc::SWelsFuncPtrList&);
void use_deblocking(WelsEnc::SWelsFuncPtrList&);

}  // namespace kernels
