// The Node addon: which widths this processor has, and a Trainer's methods as functions of a handle. Arguments are checked by
// src/native-kernel.ts, the only caller.

#include <node_api.h>

#include "trainer.hpp"

using metaplast::Trainer;

Trainer::~Trainer() = default;

namespace kernel4 {
Trainer* create(const int32_t* words, size_t count);
}
#if defined(__x86_64__)
namespace kernel8 {
Trainer* create(const int32_t* words, size_t count);
}
namespace kernel16 {
Trainer* create(const int32_t* words, size_t count);
}
#endif

namespace {

/** Whether this processor and system can run the kernel of so many lanes. */
bool supports(int lanes) {
#if defined(__x86_64__)
  if (lanes == 4) return __builtin_cpu_supports("sse4.2");
#if defined(METAPLAST_LIMIT)
  if (!__builtin_cpu_supports("fma")) return false;
#endif
  if (lanes == 8) return __builtin_cpu_supports("avx2");
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
#else
  return lanes == 4;
#endif
}

Trainer* create(int lanes, const int32_t* words, size_t count) {
#if defined(__x86_64__)
  if (lanes == 8) return kernel8::create(words, count);
  if (lanes == 16) return kernel16::create(words, count);
#endif
  return lanes == 4 ? kernel4::create(words, count) : nullptr;
}

/** The arguments of a call; all but the trainer's handle are numbers or typed arrays. */
struct Arguments {
  napi_env env;
  size_t count = 7;
  napi_value values[7];

  Arguments(napi_env env, napi_callback_info info) : env(env) { napi_get_cb_info(env, info, &count, values, nullptr, nullptr); }

  Trainer& trainer() const {
    void* handle = nullptr;
    napi_get_value_external(env, values[0], &handle);
    return *static_cast<Trainer*>(handle);
  }

  double real(size_t i) const {
    double x = 0;
    napi_get_value_double(env, values[i], &x);
    return x;
  }

  uint32_t word(size_t i) const {
    uint32_t x = 0;
    napi_get_value_uint32(env, values[i], &x);
    return x;
  }

  int integer(size_t i) const { return static_cast<int>(word(i)); }

  template <class T>
  T* array(size_t i, size_t* length = nullptr) const {
    void* data = nullptr;
    napi_get_typedarray_info(env, values[i], nullptr, length, &data, nullptr, nullptr);
    return static_cast<T*>(data);
  }
};

napi_value number(napi_env env, double x) {
  napi_value value = nullptr;
  napi_create_double(env, x, &value);
  return value;
}

/**
 * Puts a new Float32Array or Int32Array of `count` 32-bit items into `out`; returns where the items go. `out` stays as it is when the
 * allocation fails, as it does in a thread that is being terminated: such a thread may still make calls, but creates nothing any more.
 */
template <class T>
T* copyOut(napi_env env, napi_typedarray_type type, size_t count, napi_value* out) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, count * sizeof(T), &data, &buffer) != napi_ok) return nullptr;
  if (napi_create_typedarray(env, type, count, buffer, 0, out) != napi_ok) return nullptr;
  return static_cast<T*>(data);
}

/** lanes(): the widths that this processor can run, ascending. */
napi_value lanes(napi_env env, napi_callback_info) {
  napi_value list = nullptr;
  if (napi_create_array(env, &list) != napi_ok) return nullptr;
  uint32_t count = 0;
  for (int n = 4; n <= 16; n *= 2) {
    if (supports(n)) napi_set_element(env, list, count++, number(env, n));
  }
  return list;
}

/** create(lanes, words) → handle, undefined when this processor has no such lanes. */
napi_value create(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  size_t count = 0;
  const int32_t* words = a.array<int32_t>(1, &count);
  Trainer* trainer = supports(a.integer(0)) ? create(a.integer(0), words, count) : nullptr;
  if (trainer == nullptr) return nullptr;
  napi_value handle = nullptr;
  const auto destroy = [](napi_env, void* data, void*) { delete static_cast<Trainer*>(data); };
  if (napi_create_external(env, trainer, destroy, nullptr, &handle) != napi_ok) delete trainer;
  return handle;
}

/** setSeed(handle, low, high) */
napi_value setSeed(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  a.trainer().setSeed(a.word(1), a.word(2));
  return nullptr;
}

/** setTheta(handle, theta) */
napi_value setTheta(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  a.trainer().setTheta(a.array<float>(1));
  return nullptr;
}

/** evaluatePairs(handle, generation, first, pairs, tasks, sigma, out) */
napi_value evaluatePairs(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  const float sigma = static_cast<float>(a.real(5));
  a.trainer().evaluatePairs(a.word(1), a.word(2), a.integer(3), a.integer(4), sigma, a.array<float>(6));
  return nullptr;
}

/** evaluateTrials(handle, domain, generation, first, trials, out) */
napi_value evaluateTrials(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  a.trainer().evaluateTrials(a.word(1), a.word(2), a.word(3), a.integer(4), a.array<float>(5));
  return nullptr;
}

/** prepare(handle, domain, generation, pair, task) */
napi_value prepare(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  a.trainer().prepare(a.word(1), a.word(2), a.word(3), a.word(4));
  return nullptr;
}

/** begin(handle) */
napi_value begin(napi_env env, napi_callback_info info) {
  Arguments(env, info).trainer().begin();
  return nullptr;
}

/** step(handle, t) */
napi_value step(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  a.trainer().step(a.integer(1));
  return nullptr;
}

/** measure(handle, out) */
napi_value measure(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  a.trainer().measure(a.array<float>(1));
  return nullptr;
}

/** predict(handle, rows, points, out) */
napi_value predict(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  a.trainer().predict(a.integer(1), a.array<float>(2), a.array<float>(3));
  return nullptr;
}

/** width(handle, layer) → number */
napi_value width(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  return number(env, a.trainer().width(a.integer(1)));
}

/** points(handle, set, inputs) → Float32Array */
napi_value points(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  const Trainer::Set set = a.trainer().set(a.integer(1));
  const size_t count = static_cast<size_t>(set.n) * a.word(2);
  napi_value copy = nullptr;
  float* to = copyOut<float>(env, napi_float32_array, count, &copy);
  if (copy == nullptr) return nullptr;
  for (size_t i = 0; i < count; i++) to[i] = set.points[i];
  return copy;
}

/** labels(handle, set) → Int32Array */
napi_value labels(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  const Trainer::Set set = a.trainer().set(a.integer(1));
  const size_t count = static_cast<size_t>(set.n);
  napi_value copy = nullptr;
  int32_t* to = copyOut<int32_t>(env, napi_int32_array, count, &copy);
  if (copy == nullptr) return nullptr;
  for (size_t i = 0; i < count; i++) to[i] = set.labels[i];
  return copy;
}

/** setData(handle, set, points, labels): as many as there are */
napi_value setData(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  const Trainer::Set set = a.trainer().set(a.integer(1));
  size_t numbers = 0, count = 0;
  const float* points = a.array<float>(2, &numbers);
  const int32_t* labels = a.array<int32_t>(3, &count);
  for (size_t i = 0; i < numbers; i++) set.points[i] = points[i];
  for (size_t i = 0; i < count; i++) set.labels[i] = labels[i];
  return nullptr;
}

/** matrix(handle, layer, which) → Float32Array, row-major */
napi_value matrix(napi_env env, napi_callback_info info) {
  const Arguments a(env, info);
  const Trainer::Matrix m = a.trainer().matrix(a.integer(1), a.integer(2));
  napi_value copy = nullptr;
  float* to = copyOut<float>(env, napi_float32_array, static_cast<size_t>(m.rows) * static_cast<size_t>(m.columns), &copy);
  if (copy == nullptr) return nullptr;
  for (int r = 0; r < m.rows; r++) {
    for (int c = 0; c < m.columns; c++) *to++ = m.at[r * m.rowStride + c * m.columnStride];
  }
  return copy;
}

}  // namespace

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"lanes", lanes},     {"create", create}, {"setSeed", setSeed}, {"setTheta", setTheta}, {"evaluatePairs", evaluatePairs},
      {"prepare", prepare}, {"begin", begin},   {"step", step},       {"measure", measure},   {"evaluateTrials", evaluateTrials},
      {"predict", predict}, {"width", width},   {"points", points},   {"labels", labels},     {"matrix", matrix},
      {"setData", setData},
  };
  for (const auto& f : functions) {
    napi_value value = nullptr;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, nullptr, &value);
    napi_set_named_property(env, exports, f.name, value);
  }
  return exports;
}
