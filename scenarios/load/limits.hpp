/// \file limits.hpp
/// How large an input may be.
/// Why: scenario files are hostile input; each limit is generous for a person and fatal for a bomb.
#pragma once

#include <cstddef>
#include <cstdint>

namespace leapday::loading {

inline constexpr std::size_t kMaxFileBytes = std::size_t{8} << 20;
inline constexpr std::size_t kMaxDataBytes = std::size_t{256} << 20;  ///< CSV files and logs.
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxNodes = 1'000'000;
inline constexpr std::size_t kMaxExpandedNodes = 200'000;  ///< Made by aliases and variables.
inline constexpr std::size_t kMaxScalarBytes = 64 << 10;
/// Of other tools' files: certificates, programs and whole files stand in ConfigMaps.
inline constexpr std::size_t kMaxForeignScalarBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxForeignKeyBytes = 512;
inline constexpr std::size_t kMaxItems = 200'000;  ///< Of one map or list.
inline constexpr std::size_t kMaxNameBytes = 100;
inline constexpr std::size_t kMaxExpressionDepth = 64;
inline constexpr std::size_t kMaxExtends = 16;
inline constexpr std::size_t kMaxEnvironments = 32;
inline constexpr std::size_t kMaxVariableDepth = 32;
inline constexpr std::size_t kMaxCells = 1'000;
inline constexpr std::size_t kMaxSeeds = 100'000;
inline constexpr std::size_t kMaxRuns = 1'000'000;
inline constexpr std::size_t kMaxCellNodes = 5'000'000;  ///< Nodes of the document times cells.
inline constexpr std::size_t kMaxTraceRows = 5'000'000;
inline constexpr std::size_t kMaxSamples = 1'000'000;  ///< Of an empirical law.
inline constexpr std::size_t kMaxProblems = 200;       ///< Then "and more".
inline constexpr std::int64_t kMaxHosts = 2'000'000;   ///< Over all zones.
inline constexpr std::int64_t kMaxInstances = 4'000'000;

}  // namespace leapday::loading
