// What OpenH264 and the C library want of an operating system. There is one thread, no clock and no file, so that the module
// needs nothing of its host: it imports no function.
#include "WelsThreadLib.h"
#include "welsCodecTrace.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

// Names of files to dump to, which nothing is.
int vsnprintf(char* __restrict to, size_t size, const char* __restrict, va_list) {
  if (size) *to = 0;
  return 0;
}

// Only statistics ask for the time.
int gettimeofday(struct timeval* __restrict now, void* __restrict) {
  *now = {};
  return 0;
}

}

/// What OpenH264 said was wrong, first.
char reason_kept[256];

namespace {

char* reason_end;

void add(char character) {
  if (reason_end < reason_kept + sizeof reason_kept - 1) *reason_end++ = character;
}

void add_number(long long number) {
  if (number < 0) add('-');
  char digits[20];
  int count = 0;
  unsigned long long rest = number < 0 ? -static_cast<unsigned long long>(number) : number;
  do digits[count++] = '0' + rest % 10;
  while (rest /= 10);
  while (count) add(digits[--count]);
}

}  // namespace

// The C library's own formatting would be a tenth of the module. Of fractions the whole part is enough here.
void keep_reason(const char* format, ...) {
  // What goes wrong first is the cause of what is told after it.
  if (*reason_kept) return;
  reason_end = reason_kept;
  va_list arguments;
  va_start(arguments, format);
  for (; *format; format++) {
    if (*format != '%') {
      add(*format);
      continue;
    }
    int longs = 0;
    while (*++format && !strchr("dixupcsfg%", *format)) longs += *format == 'l';
    if (!*format) break;
    if (*format == '%') {
      add('%');
    } else if (*format == 's') {
      const char* text = va_arg(arguments, const char*);
      while (text && *text) add(*text++);
    } else if (*format == 'f' || *format == 'g') {
      add_number(va_arg(arguments, double));
    } else if (*format == 'u' || *format == 'x' || *format == 'p') {
      add_number(longs == 2 ? va_arg(arguments, long long) : va_arg(arguments, unsigned));
    } else {
      add_number(longs == 2 ? va_arg(arguments, long long) : va_arg(arguments, int));
    }
  }
  va_end(arguments);
  *reason_end = 0;
}

// Its own log, which would write to a file.
welsCodecTrace::welsCodecTrace() : m_sLogCtx() {}
welsCodecTrace::~welsCodecTrace() {}
void welsCodecTrace::SetCodecInstance(void*) {}
void welsCodecTrace::SetTraceLevel(const int32_t) {}
void welsCodecTrace::SetTraceCallback(WelsTraceCallback) {}
void welsCodecTrace::SetTraceCallbackContext(void*) {}

// OpenH264 compares what `new` gives with null, so that this may.
void* operator new(size_t bytes) { return malloc(bytes); }
void* operator new[](size_t bytes) { return malloc(bytes); }
void operator delete(void* at) noexcept { free(at); }
void operator delete(void* at, size_t) noexcept { free(at); }
void operator delete[](void* at) noexcept { free(at); }
void operator delete[](void* at, size_t) noexcept { free(at); }

extern "C" void __cxa_pure_virtual() { __builtin_trap(); }
