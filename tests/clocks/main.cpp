/// \file main.cpp
/// The test program of clocks, calendars and zones: defines Boost.Test's module once.
#define BOOST_TEST_MODULE clocks
#include <boost/test/unit_test.hpp>
