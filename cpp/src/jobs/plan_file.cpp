// SPDX-License-Identifier: Apache-2.0
#include "jobs/plan_file.h"

#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int schema_version = 1;

// Names may hold bytes that are not UTF-8, and JSON may not: such a path is told by its bytes as well.
void put_path(Json& json, const fs::path& path) {
    const auto text = path_text(path);
    json["path"] = text;
    if (text == path.native()) return;
    json["path_bytes"] = Json::array();
    for (const char c : path.native()) json["path_bytes"].push_back(static_cast<unsigned char>(c));
}

fs::path get_path(const Json& json) {
    const auto bytes = json.find("path_bytes");
    if (bytes == json.end()) return json.at("path").get<std::string>();
    std::string path;
    for (const auto& byte : *bytes) path += static_cast<char>(byte.get<unsigned char>());
    return path;
}

// The root itself, which stands for a folder that cannot be listed, is an empty path.
bool leads_outside(const fs::path& path) {
    return !path.empty() && (path.is_absolute() || path.lexically_normal() != path || *path.begin() == "..");
}

ErrorCode code_named(const std::string& text) {
    for (int i = 0; i < static_cast<int>(ErrorCode::internal); ++i) {
        if (text == name(static_cast<ErrorCode>(i))) return static_cast<ErrorCode>(i);
    }
    return ErrorCode::internal;
}

const char* name(PlanOf of) noexcept {
    return of == PlanOf::tiffs ? "TIFFs" : "images";
}

std::string listing_text(const Listing& listing, const fs::path& input, PlanOf of) {
    Json sources = Json::array();
    for (const auto& source : listing.sources) {
        Json json;
        put_path(json, source.relative_path);
        json["size_bytes"] = source.size_bytes;
        if (source.is_folder) json["is_folder"] = true;
        if (source.error) json["error"] = {{"code", name(source.error->code())}, {"message", source.error->what()}};
        sources.push_back(std::move(json));
    }
    Json folders = Json::array();
    for (const auto& [folder, reason] : listing.skipped_folders) {
        folders.push_back({{"path", folder}, {"reason", reason}});
    }
    Json json{{"schema_version", schema_version}, {"plan_of", name(of)}, {"input", path_text(input)}};
    if (!listing.stamp.empty()) json["stamp"] = listing.stamp;
    json["sources"] = std::move(sources);
    json["skipped_folders"] = std::move(folders);
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Listing read_listing(const fs::path& plan_file, const fs::path& input, PlanOf of) {
    const auto json = Json::parse(read_text(plan_file), nullptr, false);
    Listing listing;
    std::string input_of_plan;
    std::string plan_of = name(PlanOf::tiffs);
    try {
        if (json.at("schema_version") != schema_version) {
            throw Error(ErrorCode::unsupported, "is a plan of another version; make it anew", path_text(plan_file));
        }
        input_of_plan = json.at("input").get<std::string>();
        plan_of = json.value("plan_of", plan_of);
        listing.stamp = json.value("stamp", std::string());
        for (const auto& entry : json.at("sources")) {
            FoundSource source;
            source.relative_path = get_path(entry);
            source.size_bytes = entry.at("size_bytes").get<std::int64_t>();
            source.is_folder = entry.value("is_folder", false);
            if (const auto error = entry.find("error"); error != entry.end()) {
                source.error =
                    Error(code_named(error->at("code").get<std::string>()), error->at("message").get<std::string>());
            }
            if (leads_outside(source.relative_path)) {
                throw Error(ErrorCode::corrupt, "names a source outside the input: " + path_text(source.relative_path),
                            path_text(plan_file));
            }
            listing.sources.push_back(std::move(source));
        }
        for (const auto& folder : json.at("skipped_folders")) {
            listing.skipped_folders.emplace_back(folder.at("path").get<std::string>(),
                                                 folder.at("reason").get<std::string>());
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::corrupt, std::string("is no plan: ") + error.what(), path_text(plan_file));
    }
    if (plan_of != name(of)) {
        throw Error(
            ErrorCode::invalid_argument,
            "is a plan of " + plan_of + ", not of " + name(of) + ", which this command takes; give another --plan",
            path_text(plan_file));
    }
    if (input_of_plan != path_text(input)) {
        throw Error(ErrorCode::invalid_argument,
                    "is a plan of '" + input_of_plan + "', not of '" + path_text(input) + "'; give another --plan",
                    path_text(plan_file));
    }
    return listing;
}

}  // namespace

Listing frozen_listing(const fs::path& plan_file, const fs::path& input, const std::function<Listing()>& list,
                       PlanOf of) {
    if (!file_exists(plan_file)) {
        const auto text = listing_text(list(), input, of);
        write_text_once(plan_file, text);
    }
    return read_listing(plan_file, input, of);
}

}  // namespace tilewright::inline v0_1
