// All that OpenH264 wants of POSIX threads in a module with one thread: the names of their types.
#pragma once
typedef int pthread_t;
typedef int pthread_mutex_t;
