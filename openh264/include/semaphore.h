// All that OpenH264 wants of POSIX semaphores in a module with one thread: the name of their type.
#pragma once
typedef int sem_t;
