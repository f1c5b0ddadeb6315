// Memory: a bump allocator over blocks that are never given back before the end. A mark is taken after what stays and
// released to for each new inner training.

#pragma once
#include <cstdlib>
#include "lanes.hpp"

namespace KERNEL {

class Arena {
 public:
  struct Mark {
    int block;
    size_t used;
  };

  Arena() = default;
  Arena(const Arena&) = delete;
  ~Arena() {
    for (int i = 0; i < blocks; i++) free(block[i]);
  }

  /** Room for `count` 32-bit items and a vector behind, 64-byte aligned. Ends the process when there is no memory. */
  float* allocate(long count) {
    const size_t bytes = (size_t(count) * 4 + 4 * LANES + 63) & ~size_t(63);
    while (current < blocks && used + bytes > size[current]) {
      current++;
      used = 0;
    }
    if (current == blocks) add(bytes);
    float* at = (float*)(block[current] + used);
    used += bytes;
    return at;
  }

  Mark mark() const { return {current, used}; }

  void release(Mark to) {
    current = to.block;
    used = to.used;
  }

 private:
  /** Each new block is at least twice the last, so that there are few. */
  static constexpr int MAX_BLOCKS = 40;
  char* block[MAX_BLOCKS];
  size_t size[MAX_BLOCKS];
  int blocks = 0, current = 0;
  size_t used = 0;

  void add(size_t bytes) {
    size_t next = blocks == 0 ? size_t(1) << 20 : 2 * size[blocks - 1];
    if (next < bytes) next = bytes;
    void* memory = nullptr;
    if (blocks == MAX_BLOCKS || posix_memalign(&memory, 64, next) != 0) abort();
    memset(memory, 0, next);
    block[blocks] = (char*)memory;
    size[blocks++] = next;
  }
};

}  // namespace KERNEL
