// SPDX-License-Identifier: Apache-2.0
// The casters of the library's enums. Every file that binds one includes this, so that all see the same.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "enum_text.h"
#include "tilewright/chip/extract.h"
#include "tilewright/codec/compression.h"
#include "tilewright/image/pixel_type.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/layout/layout.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/tile/manifest.h"
#include "tilewright/tile/verify.h"

namespace tilewright::python {

template <>
struct EnumWords<MaskKind> {
    static constexpr std::string_view what = "kind of mask";
    static constexpr std::array<std::pair<MaskKind, std::string_view>, 2> words = {
        {{MaskKind::none, "none"}, {MaskKind::per_dataset, "per_dataset"}}};
};
template <>
struct EnumWords<RasterFormat> {
    static constexpr std::string_view what = "format of a raster";
    static constexpr std::array<std::pair<RasterFormat, std::string_view>, 2> words = {
        {{RasterFormat::png, "png"}, {RasterFormat::tiff, "tiff"}}};
};
template <>
struct EnumWords<SourceCheck> {
    static constexpr std::string_view what = "check of the original";
    static constexpr std::array<std::pair<SourceCheck, std::string_view>, 3> words = {
        {{SourceCheck::never, "never"}, {SourceCheck::if_present, "if_present"}, {SourceCheck::required, "required"}}};
};
template <>
struct EnumWords<ResumeCheck> {
    static constexpr std::string_view what = "check of earlier results";
    static constexpr std::array<std::pair<ResumeCheck, std::string_view>, 2> words = {
        {{ResumeCheck::manifest, "manifest"}, {ResumeCheck::hashes, "hashes"}}};
};
template <>
struct EnumWords<ChipResume> {
    static constexpr std::string_view what = "trust in earlier chips";
    static constexpr std::array<std::pair<ChipResume, std::string_view>, 3> words = {
        {{ChipResume::never, "never"}, {ChipResume::sizes, "sizes"}, {ChipResume::hashes, "hashes"}}};
};
template <>
struct EnumWords<Pages> {
    static constexpr std::string_view what = "choice of pages";
    static constexpr std::array<std::pair<Pages, std::string_view>, 2> words = {
        {{Pages::first, "first"}, {Pages::all, "all"}}};
};
template <>
struct EnumWords<ShardRule> {
    static constexpr std::string_view what = "rule of sharing";
    static constexpr std::array<std::pair<ShardRule, std::string_view>, 3> words = {
        {{ShardRule::modulo, "modulo"}, {ShardRule::contiguous, "contiguous"}, {ShardRule::size, "size"}}};
};
template <>
struct EnumWords<TaskStatus> {
    static constexpr std::string_view what = "status of a task";
    static constexpr std::array<std::pair<TaskStatus, std::string_view>, 4> words = {
        {{TaskStatus::done, "done"},
         {TaskStatus::skipped, "skipped"},
         {TaskStatus::failed, "failed"},
         {TaskStatus::cancelled, "cancelled"}}};
};

}  // namespace tilewright::python

namespace pybind11::detail {

template <>
struct type_caster<tilewright::EdgePolicy>
    : tilewright::python::EnumCaster<tilewright::EdgePolicy, &tilewright::parse_edge_policy> {};
template <>
struct type_caster<tilewright::StripDirection>
    : tilewright::python::EnumCaster<tilewright::StripDirection, &tilewright::parse_strip_direction> {};
template <>
struct type_caster<tilewright::PixelType>
    : tilewright::python::EnumCaster<tilewright::PixelType, &tilewright::parse_pixel_type> {};
template <>
struct type_caster<tilewright::Compression>
    : tilewright::python::EnumCaster<tilewright::Compression, &tilewright::parse_compression> {};
template <>
struct type_caster<tilewright::SliceFormat>
    : tilewright::python::EnumCaster<tilewright::SliceFormat, &tilewright::parse_slice_format> {};
template <>
struct type_caster<tilewright::ChipFormat>
    : tilewright::python::EnumCaster<tilewright::ChipFormat, &tilewright::parse_chip_format> {};
template <>
struct type_caster<tilewright::ChipResume> : tilewright::python::WordCaster<tilewright::ChipResume> {};
template <>
struct type_caster<tilewright::MaskKind> : tilewright::python::WordCaster<tilewright::MaskKind> {};
template <>
struct type_caster<tilewright::RasterFormat> : tilewright::python::WordCaster<tilewright::RasterFormat> {};
template <>
struct type_caster<tilewright::SourceCheck> : tilewright::python::WordCaster<tilewright::SourceCheck> {};
template <>
struct type_caster<tilewright::ResumeCheck> : tilewright::python::WordCaster<tilewright::ResumeCheck> {};
template <>
struct type_caster<tilewright::Pages> : tilewright::python::WordCaster<tilewright::Pages> {};
template <>
struct type_caster<tilewright::ShardRule> : tilewright::python::WordCaster<tilewright::ShardRule> {};
template <>
struct type_caster<tilewright::TaskStatus> : tilewright::python::WordCaster<tilewright::TaskStatus> {};

}  // namespace pybind11::detail
