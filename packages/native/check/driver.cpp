// A kernel of 4 lanes as a program: it carries out the operations of its standard input and writes what the last one gives. For
// machines without Node, such as an emulator: see scripts/check-arm64.mjs.
//
// Input, 32-bit words: how many words the configuration has, the configuration, then operations, each its code and its arguments.

#include <cstdio>
#include <cstring>
#include <vector>

#include "../source/trainer.hpp"

using metaplast::Trainer;

Trainer::~Trainer() = default;
namespace kernel4 {
Trainer* create(const int32_t* words, size_t count);
}

namespace {

std::vector<int32_t> input;
size_t at = 0;

int32_t next() { return input[at++]; }

float* floats(size_t count) {
  float* values = reinterpret_cast<float*>(&input[at]);
  at += count;
  return values;
}

void put(const void* data, size_t words) { fwrite(data, 4, words, stdout); }

}  // namespace

int main() {
  for (int32_t word; fread(&word, 4, 1, stdin) == 1;) input.push_back(word);
  const size_t count = size_t(next());
  const int32_t* words = &input[at];
  at += count;
  Trainer* trainer = kernel4::create(words, count);
  const int inputs = words[0], classes = words[1];
  while (at < input.size()) {
    switch (next()) {
      case 0: { const uint32_t low = uint32_t(next()); trainer->setSeed(low, uint32_t(next())); break; }
      case 1: trainer->setTheta(floats(trainer->thetaLength())); break;
      case 2: {
        const uint32_t* a = reinterpret_cast<uint32_t*>(floats(4));
        trainer->prepare(a[0], a[1], a[2], a[3]);
        break;
      }
      case 3: trainer->begin(); break;
      case 4: trainer->step(next()); break;
      case 5: {
        const int32_t* a = reinterpret_cast<int32_t*>(floats(4));
        std::vector<float> losses(size_t(2 * a[2] * a[3]));
        trainer->evaluatePairs(uint32_t(a[0]), uint32_t(a[1]), a[2], a[3], *floats(1), losses.data());
        put(losses.data(), losses.size());
        break;
      }
      case 6: { const Trainer::Set set = trainer->set(next()); put(set.points, size_t(set.n * inputs)); break; }
      case 7: { const Trainer::Set set = trainer->set(next()); put(set.labels, size_t(set.n)); break; }
      case 8: {
        const int layer = next();
        const Trainer::Matrix m = trainer->matrix(layer, next());
        for (int r = 0; r < m.rows; r++)
          for (int c = 0; c < m.columns; c++) put(m.at + r * m.rowStride + c * m.columnStride, 1);
        break;
      }
      case 9: {
        const int rows = next();
        std::vector<float> out(size_t(rows * classes) + 64);
        trainer->predict(rows, floats(size_t(rows * inputs)), out.data());
        put(out.data(), size_t(rows * classes));
        break;
      }
    }
  }
}
