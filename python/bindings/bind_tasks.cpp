// SPDX-License-Identifier: Apache-2.0
// Bindings of tasks as texts and of runs whose tasks other machines do. Long docstrings stand in tilewright/tasks.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <vector>

#include "casters.h"
#include "interruptible.h"
#include "record.h"
#include "tilewright/jobs/dispatch.h"
#include "tilewright/jobs/tasks.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

void bind_dispatch(py::module_& m) {
    Record<SentTask>(m, "SentTask", Record<SentTask>::Kind::result, "A task of a run that another machine is to do.")
        .field("number", &SentTask::number, "Its place in the plan, from 0.")
        .field("key", &SentTask::key, "Of its outcome.")
        .field("text", &SentTask::text, "For run_tasks().")
        .field("raw_bytes", &SentTask::raw_bytes, "Its decoded size.")
        .finish();
    // All of these are short, and other threads of Python may be busy: none gives the GIL away.
    py::class_<Dispatch, std::shared_ptr<Dispatch>>(m, "Dispatch",
                                                    "The counter between a run and the machines that do its tasks.")
        .def("take", &Dispatch::take, py::arg("most"), "Takes up to so many tasks, in the plan's order, each once.")
        .def(
            "tell",
            [](Dispatch& dispatch, std::size_t number, Outcome outcome, int lost_attempts) {
                outcome.attempts += lost_attempts;
                return dispatch.tell(number, std::move(outcome));
            },
            py::arg("number"), py::arg("outcome"), py::arg("lost_attempts") = 0,
            "Tells how a task ended, and how often it was begun in vain before; False if that is known already.")
        .def(
            "fail",
            [](Dispatch& dispatch, std::size_t number, const std::string& code, const std::string& message,
               int attempts) {
                Outcome outcome;
                outcome.status = TaskStatus::failed;
                for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
                    if (name(static_cast<ErrorCode>(i)) == code) outcome.code = static_cast<ErrorCode>(i);
                }
                outcome.message = message;
                outcome.attempts = attempts;
                return dispatch.tell(number, std::move(outcome));
            },
            py::arg("number"), py::arg("code"), py::arg("message"), py::arg("attempts"),
            "Tells that a task failed; False if its outcome is known already.")
        .def_property_readonly("waiting", &Dispatch::waiting, "Tasks that nobody took yet.")
        .def_property_readonly("is_open", &Dispatch::is_open, "Whether outcomes are waited for.");
}

template <typename PlanOfJob>
const auto& planned_in(const PlanOfJob& plan) {
    return plan.images;
}

const auto& planned_in(const CompositePlan& plan) {
    return plan.windows;
}

template <typename PlanOfJob>
void bind_texts(py::module_& m) {
    m.def(
        "task_texts",
        [](const PlanOfJob& plan) {
            std::vector<std::string> texts;
            for (const auto& planned : planned_in(plan)) {
                if (auto text = task_text(planned); !text.empty()) texts.push_back(std::move(text));
            }
            return texts;
        },
        py::arg("plan"), "The tasks of a plan as texts.");
}

template <typename Job>
void bind_run_tasks(py::module_& m) {
    m.def(
        "for_other_machines", [](const Job& job) { return for_other_machines(job); }, py::arg("job"),
        py::call_guard<py::gil_scoped_release>(), "The job as other machines need it.");
    m.def(
        "run_tasks",
        [](const Job& job, const std::vector<std::string>& texts, int workers, std::int64_t memory_bytes,
           const py::object& on_tick) {
            const MachineShare share{workers, memory_bytes};
            const auto body = [&](const RunContext& context) { return run_tasks(job, texts, share, context.stop); };
            if (on_tick.is_none()) return run_interruptible(1, body);
            return run_interruptible(1, body, [&] { on_tick(); });
        },
        py::arg("job"), py::arg("texts"), py::arg("workers"), py::arg("memory_bytes"), py::arg("on_tick"),
        "Does tasks that were planned elsewhere.");
}

}  // namespace

void bind_tasks(py::module_& m) {
    bind_dispatch(m);
    bind_texts<BatchPlan>(m);
    bind_texts<ChipPlan>(m);
    bind_texts<ThumbnailPlan>(m);
    bind_texts<CompositePlan>(m);
    bind_run_tasks<BatchJob>(m);
    bind_run_tasks<ChipJob>(m);
    bind_run_tasks<ThumbnailJob>(m);
    bind_run_tasks<CompositeJob>(m);
}

}  // namespace tilewright::python
