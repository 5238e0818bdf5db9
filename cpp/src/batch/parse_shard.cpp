// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>

#include "tilewright/batch/shard.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

using Count = std::optional<std::int64_t>;

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorCode::invalid_argument, message);
}

Count number_in(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

// The variables of one engine.
class Variables {
public:
    explicit Variables(const TaskEnvironment& environment) : environment_(environment) {}

    Count find(const char* variable) const {
        const auto text = environment_.variable(variable);
        if (!text) return std::nullopt;
        const auto value = number_in(*text);
        if (!value) refuse(std::string(variable) + " is '" + *text + "', not a number of 0 or more");
        return value;
    }

    std::int64_t require(const char* variable, const char* beside) const {
        const auto value = find(variable);
        if (!value) refuse(std::string(beside) + " is set, but " + variable + " is not; give --shard I/N");
        return *value;
    }

private:
    const TaskEnvironment& environment_;
};

Shard checked(const char* variable, std::int64_t index, std::int64_t count, std::int64_t attempt = 0) {
    if (index >= count) {
        refuse(std::string(variable) + " makes this worker number " + std::to_string(index) + ", counted from 0, of " +
               std::to_string(count));
    }
    return {index, count, ShardRule::modulo, attempt};
}

Shard slurm(const Variables& variables, std::int64_t id, Count given) {
    constexpr const char* variable = "SLURM_ARRAY_TASK_ID";
    const auto first = variables.require("SLURM_ARRAY_TASK_MIN", variable);
    const auto count = given ? *given : variables.require("SLURM_ARRAY_TASK_COUNT", variable);
    const auto step = std::max<std::int64_t>(1, variables.find("SLURM_ARRAY_TASK_STEP").value_or(1));
    if (id < first || (id - first) % step != 0) {
        refuse("SLURM_ARRAY_TASK_ID is " + std::to_string(id) + ", which is none of the array's ids: they begin at " +
               std::to_string(first) + " in steps of " + std::to_string(step));
    }
    return checked(variable, (id - first) / step, count);
}

std::optional<Shard> sagemaker(const std::filesystem::path& file, Count given) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return std::nullopt;
    const auto where = path_text(file);
    const auto json = nlohmann::json::parse(read_text(file), nullptr, false);
    try {
        const auto host = json.at("current_host").get<std::string>();
        auto hosts = json.at("hosts").get<std::vector<std::string>>();
        std::sort(hosts.begin(), hosts.end());
        const auto at = std::find(hosts.begin(), hosts.end(), host);
        if (at == hosts.end()) throw Error(ErrorCode::invalid_argument, "current_host is none of hosts", where);
        return checked("current_host", at - hosts.begin(), given.value_or(static_cast<std::int64_t>(hosts.size())));
    } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::invalid_argument, "is no JSON object with current_host and hosts", where);
    }
}

Shard ask_engine(const TaskEnvironment& environment, Count given) {
    const Variables variables(environment);
    const auto attempt = [&](const char* variable) { return variables.find(variable).value_or(0); };
    if (const auto index = variables.find("CLOUD_RUN_TASK_INDEX")) {
        const auto count = given ? *given : variables.require("CLOUD_RUN_TASK_COUNT", "CLOUD_RUN_TASK_INDEX");
        return checked("CLOUD_RUN_TASK_INDEX", *index, count, attempt("CLOUD_RUN_TASK_ATTEMPT"));
    }
    if (const auto index = variables.find("AWS_BATCH_JOB_ARRAY_INDEX")) {
        const auto count = given ? *given : variables.require("AWS_BATCH_JOB_ARRAY_SIZE", "AWS_BATCH_JOB_ARRAY_INDEX");
        // AWS counts attempts from 1.
        const auto started = std::max<std::int64_t>(1, attempt("AWS_BATCH_JOB_ATTEMPT"));
        return checked("AWS_BATCH_JOB_ARRAY_INDEX", *index, count, started - 1);
    }
    if (const auto id = variables.find("SLURM_ARRAY_TASK_ID")) return slurm(variables, *id, given);
    if (const auto index = variables.find("JOB_COMPLETION_INDEX")) {
        if (!given) refuse("JOB_COMPLETION_INDEX is set, but Kubernetes does not tell the count; give --shard auto/N");
        return checked("JOB_COMPLETION_INDEX", *index, *given);
    }
    if (const auto shard = sagemaker(environment.resource_config, given)) return *shard;
    refuse(
        "--shard auto finds none of CLOUD_RUN_TASK_INDEX, AWS_BATCH_JOB_ARRAY_INDEX, SLURM_ARRAY_TASK_ID, "
        "JOB_COMPLETION_INDEX and " +
        path_text(environment.resource_config) + "; give --shard I/N");
}

}  // namespace

TaskEnvironment process_environment() {
    TaskEnvironment environment;
    environment.variable = [](const char* variable) -> std::optional<std::string> {
        const char* value = std::getenv(variable);
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    return environment;
}

Shard parse_shard(std::string_view text, const TaskEnvironment& environment) {
    const auto slash = text.find('/');
    const auto first = text.substr(0, slash);
    const auto count = slash == std::string_view::npos ? Count() : number_in(text.substr(slash + 1));
    const bool good_count = slash == std::string_view::npos || (count && *count >= 1);
    if (first == "auto" && good_count) return ask_engine(environment, count);
    const auto index = number_in(first);
    if (!index || !count || !good_count) {
        refuse("'" + std::string(text) + "' names no shard; give I/N (the first of four is 0/4), auto or auto/N");
    }
    const Shard shard{*index, *count, ShardRule::modulo, 0};
    check_shard(shard);
    return shard;
}

}  // namespace tilewright::inline v0_1
