// Memory: a bump allocator over the module's linear memory. Nothing is ever freed singly; a mark is taken after what stays
// (the configuration) and reset to for each new inner training.

let top: usize = __heap_base;

/** Room for `bytes`, 64-byte aligned; grows the memory as needed. */
export function allocate(bytes: usize): usize {
  const at = (top + 63) & ~63;
  top = at + bytes;
  const pages = <i32>((top + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  return at;
}

export function mark(): usize {
  return top;
}

export function release(to: usize): void {
  top = to;
}
