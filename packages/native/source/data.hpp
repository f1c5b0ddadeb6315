// A task's data sets: labelled points, the unlabelled points of every inner step, test points. Drawn once, shared by the pair.

#pragma once
#include "families.hpp"

namespace KERNEL {

/** Points are rows of D floats. */
struct DataSet {
  int n;
  float* points;
  int32_t* labels;
};

class Data {
 public:
  DataSet labelled, unlabelled, test;

  /** Draws the task and all its data at the current address. */
  void draw(const Config& config, const Philox& philox, Arena& arena) {
    const int component = config.componentOf(philox.uniformAt(TASK, 0));
    const int n = config.labelled(philox.uniformAt(TASK, 1));
    task.draw(config, philox, arena, component);
    labelled = drawSet(config, philox, arena, LABELLED, n, true);
    unlabelled = drawSet(config, philox, arena, UNLABELLED, config.steps() * config.unlabelled(), false);
    test = drawSet(config, philox, arena, TEST, config.test(), true);
  }

 private:
  Task task;

  /** A point takes 4 uniforms and D normals, rounded up to 4. */
  DataSet drawSet(const Config& config, const Philox& philox, Arena& arena, uint32_t kind, int n, bool stratified) const {
    const long D = config.inputs(), normalsEach = (D + 3) & ~3L;
    const DataSet set = {n, arena.allocate(n * D), (int32_t*)arena.allocate(n)};
    const Arena::Mark mark = arena.mark();
    float* uniforms = arena.allocate(4L * n + Philox::SLACK);
    float* normals = arena.allocate(normalsEach * n + Philox::SLACK);
    philox.fillUniform(kind, 4L * n, uniforms);
    philox.fillGaussian(kind + 1, normalsEach * n, normals);
    for (long i = 0; i < n; i++) {
      const float* u = uniforms + 4 * i;
      const int c = stratified ? task.stratifiedClass(int(i), n) : task.drawnClass(u[0]);
      set.labels[i] = task.labelOf(c);
      task.point(c, u[1], normals + normalsEach * i, set.points + D * i);
    }
    arena.release(mark);
    return set;
  }
};

}  // namespace KERNEL
