// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <utility>

#include "interruptible.h"
#include "mailbox.h"
#include "tilewright/jobs/dispatch.h"

namespace tilewright::python {

/// Runs a job from Python: its callbacks are called from the thread that made the call, and so is `elsewhere`, a
/// callable that is given the run's Dispatch about every `patience` and hands its tasks to other machines; None: they
/// are done here.
///
/// @param body  takes (const std::stop_token&, const BatchCallbacks&, Dispatch*)
template <typename Body>
auto run_with_callbacks(const pybind11::object& on_progress, const pybind11::object& on_outcome,
                        const pybind11::object& log, const pybind11::object& elsewhere, Body body) {
    Mailbox mailbox(on_progress, on_outcome, log);
    const auto dispatch = elsewhere.is_none() ? nullptr : std::make_shared<Dispatch>();
    return run_interruptible(
        1, [&](const RunContext& context) { return body(context.stop, mailbox.callbacks(), dispatch.get()); },
        [&] {
            mailbox.deliver();
            if (dispatch && dispatch->is_open()) elsewhere(dispatch);
        });
}

}  // namespace tilewright::python
