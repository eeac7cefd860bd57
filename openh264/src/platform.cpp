// What OpenH264 and the C library want of an operating system. There is one thread, no clock and no file, so that the module
// needs nothing of its host: it imports no function.
#include "WelsThreadLib.h"
#include "welsCodecTrace.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

extern "C" {

WELS_THREAD_ERROR_CODE WelsMutexInit(WELS_MUTEX*) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsMutexLock(WELS_MUTEX*) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsMutexUnlock(WELS_MUTEX*) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsMutexDestroy(WELS_MUTEX*) { return WELS_THREAD_ERROR_OK; }

WELS_THREAD_ERROR_CODE WelsEventOpen(WELS_EVENT*, const char*) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsEventClose(WELS_EVENT*, const char*) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsEventSignal(WELS_EVENT*, WELS_MUTEX*, int*) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsEventWait(WELS_EVENT*, WELS_MUTEX*, int&) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsEventWaitWithTimeOut(WELS_EVENT*, uint32_t, WELS_MUTEX*) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsMultipleEventsWaitSingleBlocking(uint32_t, WELS_EVENT*, WELS_EVENT*, WELS_MUTEX*) {
  return WELS_THREAD_ERROR_OK;
}

WELS_THREAD_ERROR_CODE WelsThreadCreate(WELS_THREAD_HANDLE*, LPWELS_THREAD_ROUTINE, void*, WELS_THREAD_ATTR) {
  return WELS_THREAD_ERROR_GENERAL;
}
WELS_THREAD_ERROR_CODE WelsThreadSetName(const char*) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_ERROR_CODE WelsThreadJoin(WELS_THREAD_HANDLE) { return WELS_THREAD_ERROR_OK; }
WELS_THREAD_HANDLE WelsThreadSelf() { return 0; }
WELS_THREAD_ERROR_CODE WelsQueryLogicalProcessInfo(WelsLogicalProcessInfo* info) {
  info->ProcessorCount = 1;
  return WELS_THREAD_ERROR_OK;
}
void WelsSleep(uint32_t) {}

// Only statistics ask for the time.
int gettimeofday(struct timeval* __restrict now, void* __restrict) {
  *now = {};
  return 0;
}

}

/// What OpenH264 said was wrong, first.
char reason_kept[256];

void keep_reason(const char* format, ...) {
  // What goes wrong first is the cause of what is told after it.
  if (*reason_kept) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason_kept, sizeof reason_kept, format, arguments);
  va_end(arguments);
}

// Its own log, which would write to a file.
welsCodecTrace::welsCodecTrace() : m_sLogCtx() {}
welsCodecTrace::~welsCodecTrace() {}
void welsCodecTrace::SetCodecInstance(void*) {}
void welsCodecTrace::SetTraceLevel(const int32_t) {}
void welsCodecTrace::SetTraceCallback(WelsTraceCallback) {}
void welsCodecTrace::SetTraceCallbackContext(void*) {}
