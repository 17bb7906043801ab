/// \file leapday.hpp
/// Everything an embedding program needs: load, rehearse, judge.
#pragma once

#include "leapday/dates.hpp"
#include "leapday/judge.hpp"
#include "leapday/load.hpp"
#include "leapday/registry.hpp"
#include "leapday/rehearse.hpp"
#include "leapday/run.hpp"
#include "leapday/sweep.hpp"
#include "leapday/version.hpp"
