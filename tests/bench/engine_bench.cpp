// SPDX-License-Identifier: Apache-2.0
// What the engine itself costs a task: a plan of tasks that do nothing.
#include <benchmark/benchmark.h>

#include <string>

#include "tilewright/batch/engine.h"

namespace tilewright {
namespace {

void run_empty_tasks(benchmark::State& state) {
    Plan plan(static_cast<std::size_t>(state.range(0)));
    for (std::size_t index = 0; index < plan.size(); ++index) {
        plan[index].key = std::to_string(index);
        plan[index].working_bytes = 1 << 20;
        plan[index].body = [](const RunContext&) { return TaskResult{}; };
    }
    EngineOptions options;
    options.workers = 2;
    for (auto _ : state) {
        std::size_t ended = 0;
        run_plan(plan, options, {}, [&](const Outcome&) { ++ended; });
        if (ended != plan.size()) state.SkipWithError("a task has no outcome");
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(run_empty_tasks)->Arg(10'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tilewright
